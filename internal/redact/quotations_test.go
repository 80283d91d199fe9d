// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"testing"
)

func TestSecretsLeaveNoJSONInAQuery(t *testing.T) {
	redactions{
		"a value in quotation marks goes, the rest stays": {
			"{%22token%22:%22s3%22,%22a%22:1}":      "{%22token%22:%22REDACTED%22,%22a%22:1}",
			"d=%7B%22password%22%3A%22s3%22%7D&b=2": "d=%7B%22password%22%3A%22REDACTED%22%7D&b=2",
			"d=%7B%22token%22%20:%20%22s3%22%7D":    "d=%7B%22token%22%20:%20%22REDACTED%22%7D",
			"d=%7B%22token%22+:%0A+%22s3%22%7D":     "d=%7B%22token%22+:%0A+%22REDACTED%22%7D",
		},
		"a value of another kind goes with all that follows": {
			"d={%22token%22:1#s3}&b=2":                      "d={%22token%22:REDACTED&b=2",
			"d=%7B%22code%22%3A5 s3%7D&b=2":                 "d=%7B%22code%22%3AREDACTED&b=2",
			"d=%7B%22token%22%3A%5B%22s3%26s3%22%5D%7D&b=2": "d=%7B%22token%22%3AREDACTED&b=2",
			"d=%7B%22token%22:1234&b=2":                     "d=%7B%22token%22:REDACTED&b=2",
		},
		"a value without a closing mark goes up to the end of the parameter": {
			"d=%7B%22token%22:%22s3&b=2": "d=%7B%22token%22:%22REDACTED&b=2",
		},
		"a value with something odd after it goes with all that follows": {
			"d={%22token%22:%22%22%22s3%22%22%22}&b=2":         "d={%22token%22:REDACTED&b=2",
			"d={%22token%22:%22a%22s3%22}&b=2":                 "d={%22token%22:REDACTED&b=2",
			"query={login(password:%22%22%22s3%22%22%22)}&b=2": "query={login(password:REDACTED&b=2",
			"d={token:%27it%27s3%27,b:1}&b=2":                  "d={token:REDACTED&b=2",
		},
		"backslashes before the marks are those of JSON within JSON": {
			"d={%5C%22token%5C%22:%5C%22s3%5C%22}&b=2":             "d={%5C%22token%5C%22:%5C%22REDACTED%5C%22}&b=2",
			"d={%5C%22token%5C%22:%5C%22s3%5C%22%5Cn}":             "d={%5C%22token%5C%22:%5C%22REDACTED%5C%22%5Cn}",
			"d={%22token%22:%22s3%5C%5C%22,%22b%22:1}":             "d={%22token%22:%22REDACTED%5C%5C%22,%22b%22:1}",
			"d={%5C%22token%5C%22:%5C%22s3%5C%5C%5C%22s3%5C%22}":   "d={%5C%22token%5C%22:%5C%22REDACTED%5C%22}",
			"d=%22{%5Cn%5Ct%5C%22code%5C%22:%20%5C%22s3%5C%22}%22": "d=%22{%5Cn%5Ct%5C%22code%5C%22:%20%5C%22REDACTED%5C%22}%22",
		},
		"GraphQL and JavaScript write names without marks": {
			"q=login(password:%22s3%22)&b=2":                            "q=login(password:%22REDACTED%22)&b=2",
			"d={token:%27s3%27,b:1}":                                    "d={token:%27REDACTED%27,b:1}",
			"query=mutation{login(name:%22a%22,password:%22s3%22){id}}": "query=mutation{login(name:%22a%22,password:%22REDACTED%22){id}}",
		},
		"a list or an object in GraphQL goes with all that follows": {
			"q={login(tokens:[%22s3%22,%22s3%22]){id}}&b=2":       "q={login(tokens:REDACTED&b=2",
			"q={login(tokens:%20[%20[%22s3%22]]){id}}&b=2":        "q={login(tokens:%20REDACTED&b=2",
			"q={users(where:{email:{_eq:%22s3%22}}){id}}&b=2":     "q={users(where:{email:REDACTED&b=2",
			"q={users(where:{email:%20[{eq:%22s3%22}]}){id}}&b=2": "q={users(where:{email:%20REDACTED&b=2",
			"d=%7Btoken%3A%7Ba%3A%22s3%22%7D%7D&b=2":              "d=%7Btoken%3AREDACTED&b=2",
			"d={%22a%22:%22{token:[%5C%22s3%5C%22]}%22}&b=2":      "d={%22a%22:%22{token:REDACTED&b=2",
			"q={users(where:{name:{_eq:%22a%22}}){id}}&b=2":       unchanged,
			"q={issues(state:[OPEN,CLOSED]){id}}&b=2":             unchanged,
			"q=state:[%22open%22]&b=2":                            unchanged,
		},
		"names may have escapes and blanks": {
			"d={%22session%20id%22:%22s3%22,%22a%22:1}":                    "d={%22session%20id%22:%22REDACTED%22,%22a%22:1}",
			"d={%22%5Cu0074oken%22:%22s3%22}":                              "d={%22%5Cu0074oken%22:%22REDACTED%22}",
			"d={%22a%22:%22{%5Cu0022email%5Cu0022:%5Cu0022s3%5Cu0022}%22}": "d={%22a%22:%22{%5Cu0022email%5Cu0022:%5Cu0022REDACTED%5Cu0022}%22}",
		},
		"a query within JSON ends with the parameter": {
			"d={%22u%22:%22https://h/?a=1%5Cu0026code=s3%22}&b=2": "d={%22u%22:%22https://h/?a=1%5Cu0026code=REDACTED&b=2",
		},
		"what only looks like a secret stays": {
			"q=a,state:%22open%22":                                         unchanged,
			"q=state:%22open%22%20label:%22bug%22":                         unchanged,
			"q=%22token%22:%20%22&page=2":                                  unchanged,
			"d={%22c%22:%22{%5C%22color%5C%22:%5C%22%23fff%5C%22}%22}&b=2": unchanged,
			"d={%22a%22:%22C:%5C%5C%22,%22b%22:%22No.%20%231%22}&b=2":      unchanged,
			"d=%22a%5C%22s3%22:1&b=2":                                      unchanged,
			"d={%22a%22:%22token%22,%22b%22:{}}":                           unchanged,
		},
	}.check(t, Builtin.Query)
}

func TestSecretsLeaveNoJSONInAPath(t *testing.T) {
	redactions{
		"a value in quotation marks goes, the rest stays": {
			"/d/%7B%22token%22:%22ab/s3;s3%22%7D/b": "/d/%7B%22token%22:%22REDACTED%22%7D/b",
			"/d/%22code%22:%22s3%22/b":              "/d/%22code%22:%22REDACTED%22/b",
		},
		"a value of another kind goes with all that follows": {
			"/d/%22code%22:%22s3%22s3/b": "/d/%22code%22:REDACTED",
			"/d/%7B%22token%22:12/s3%7D": "/d/%7B%22token%22:REDACTED",
		},
	}.check(t, Builtin.Path)
}

func TestSecretsLeaveNoJSONInAHeader(t *testing.T) {
	redactions{
		"a value in quotation marks goes, the rest stays": {
			`"token":"s3"`: `"token":"REDACTED"`,
			`https://h/?d={"a":"x","token":"a\"s3","b":"c"}`: `https://h/?d={"a":"x","token":"REDACTED","b":"c"}`,
			`https://h/?d={token:"s3",b:1}`:                  `https://h/?d={token:"REDACTED",b:1}`,
			`{"token" : "s3/s3;s3?s3#s3>s3"}`:                `{"token" : "REDACTED"}`,
			`{"token":"a%22s3"}`:                             `{"token":"REDACTED"}`,
		},
		"backslashes before the marks are those of JSON within JSON": {
			`https://h/?d={"a":"{\"token\":\"a\\\"s3\"}"}&b=2`: `https://h/?d={"a":"{\"token\":\"REDACTED\"}"}&b=2`,
		},
		"a value of another kind goes with all that follows": {
			`{"token":"s3"/s3}`:      `{"token":REDACTED`,
			`{"token":["s3"],"b":1}`: `{"token":REDACTED`,
			`{"token":{"a":"s3"}}`:   `{"token":REDACTED`,
		},
		"a fragment ends JSON": {
			`https://h/?d={"token":"#s3`: `https://h/?d={"token":"`,
		},
		"JSON ends with the brackets around its URL": {
			`https://h/a b?d={"token":1>s3}`:         `https://h/a b?d={"token":REDACTED`,
			`<https://h/a b?d={"token":1}>; rel="x"`: `<https://h/a b?d={"token":REDACTED>; rel="x"`,
		},
		"names may have escapes": {
			`{"\u0074oken":"s3"}`: `{"\u0074oken":"REDACTED"}`,
		},
		"escaped JSON ends with the parameter or the brackets that it stands in": {
			`https://h/?d=%7B%22code%22%3A5%7D>; rel="a"`:                 `https://h/?d=%7B%22code%22%3AREDACTED>; rel="a"`,
			`x="https://h/?d=%7B%22code%22%3A5%7D"; rel="a"`:              `x="https://h/?d=%7B%22code%22%3AREDACTED"; rel="a"`,
			"https://h/?d=%7B%22code%22%3A5%7D&b=2":                       "https://h/?d=%7B%22code%22%3AREDACTED&b=2",
			`<https://h/?d=%7B%22code%22%3A5%7D>; rel="a", <https://h/b>`: `<https://h/?d=%7B%22code%22%3AREDACTED>; rel="a", <https://h/b>`,
		},
		"a secret parameter goes with all its JSON": {
			`https://h/?state={"a":"s3"}&b=2`:                   `https://h/?state=REDACTED&b=2`,
			`https://h/?state=["s3"]&b=2`:                       `https://h/?state=REDACTED&b=2`,
			`<https://h/?state=[1]>; rel="next", <https://h/b>`: `<https://h/?state=REDACTED>; rel="next", <https://h/b>`,
		},
		"a password in a value without a secret name goes": {
			`{"token":"https://u:s3@h/x","b":"https://u:s3@h/"}`: `{"token":"REDACTED","b":"https://h/"}`,
			`{"b"://u:s3@h/}`: `{"b"://h/}`,
		},
	}.check(t, Builtin.Header)
}
