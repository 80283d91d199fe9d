// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"testing"
)

func TestSecretsLeaveNoQuery(t *testing.T) {
	redactions{
		"other keys keep their values": {
			"":                                unchanged,
			"utm_source=chatgpt.com&ref=news": unchanged,
			"q=the+secret+of+keys&page=2":     unchanged,
			"monkey=1&author=me&codec=av1":    unchanged,
			"time=10:30&meet-at=a:b":          unchanged,
			"u=https://h/@someone":            unchanged,
		},
		"a key without a value stays": {
			"token&flag=": unchanged,
			"token=":      unchanged,
		},
		"a value goes up to the next ampersand, whatever is in it": {
			"token=s3":           "token=REDACTED",
			"token=s3;s3":        "token=REDACTED",
			"a=1;token=s3":       "a=1;token=REDACTED",
			"token=s3=s3==&b=2":  "token=REDACTED&b=2",
			"token=s3%26s3&b=2":  "token=REDACTED&b=2",
			"token=s3%3Bs3%23s3": "token=REDACTED",
			"token=%7s3%":        "token=REDACTED",
		},
		"a key is found in any spelling and escape": {
			"a=1&ToKeN=s3&b=2": "a=1&ToKeN=REDACTED&b=2",
			"%74%6fken=s3":     "%74%6fken=REDACTED",
			"%2574oken=s3":     "%2574oken=REDACTED",
			"%u0074oken=s3":    "%u0074oken=REDACTED",
			"tok%en=s3":        "tok%en=REDACTED",
			"%zz%token=s3":     "%zz%token=REDACTED",
			"%00token=s3":      "%00token=REDACTED",
			"+token+=s3":       "+token+=REDACTED",
		},
		"a key may have blanks and colons": {
			"token%20=s3&token:=s3&token%20%3A%3Ds3": "token%20=REDACTED&token:=REDACTED&token%20%3A%3DREDACTED",
			"magic%20link=s3&mfa code :%20=s3":       "magic%20link=REDACTED&mfa code :%20=REDACTED",
			"q=the token of love&a=1&token&b=1":      unchanged,
			"time:10=30&token&=1":                    unchanged,
		},
		"a delimiter right before the equals sign is a part of the key": {
			"token,=s3&token;=s3&token|=s3":   "token,=REDACTED&token;=REDACTED&token|=REDACTED",
			"token?=s3&token/=s3&token%23=s3": "token?=REDACTED&token/=REDACTED&token%23=REDACTED",
			"<token>=s3&token),,:=s3":         "<token>=REDACTED&token),,:=REDACTED",
			"token,a=1&token?b=1&token/,c=1":  unchanged,
		},
		"a part of a key, or its last word, can make it secret": {
			"token[]=s3&token[0]=s3":           "token[]=REDACTED&token[0]=REDACTED",
			"user[password][x]=s3":             "user[password][x]=REDACTED",
			"filter.api.key=s3":                "filter.api.key=REDACTED",
			"apiKey=s3&api-key=s3&API_KEY2=s3": "apiKey=REDACTED&api-key=REDACTED&API_KEY2=REDACTED",
			"promo_key=s3&fooKey=s3&sig=s3":    "promo_key=REDACTED&fooKey=REDACTED&sig=REDACTED",
		},
		"a key that contains mail is secret if its value holds an address": {
			"emailConfirm=s3@h.example&b=2&c=@x":                 "emailConfirm=REDACTED&b=2&c=@x",
			"gmail=s3%40h.example&usermail=s3%2540h.example":     "gmail=REDACTED&usermail=REDACTED",
			"mailbox=inbox&emailId=4711&mail_format=html&x=@joe": "mailbox=inbox&emailId=4711&mail_format=html&x=@joe",
			"d={%22emailHint%22:%22s3@h%22,%22b%22:1}":           "d={%22emailHint%22:%22REDACTED%22,%22b%22:1}",
		},
		"keys of signed URLs and sessions are secret": {
			"X-Amz-Signature=s3&X-Amz-Credential=s3":     "X-Amz-Signature=REDACTED&X-Amz-Credential=REDACTED",
			"X-Amz-Security-Token=s3&AWSAccessKeyId=s3":  "X-Amz-Security-Token=REDACTED&AWSAccessKeyId=REDACTED",
			"X-Goog-Signature=s3&Signature=s3&PHPSESSID": "X-Goog-Signature=REDACTED&Signature=REDACTED&PHPSESSID",
			"PHPSESSID=s3&user_email=s3&code=s3&state=s": "PHPSESSID=REDACTED&user_email=REDACTED&code=REDACTED&state=REDACTED",
		},
		"a query within a query ends with what it stands in": {
			"to=https://h/?token=s3&b=2":                       "to=https://h/?token=REDACTED&b=2",
			"to=https%3A%2F%2Fh%2F%3Ftoken%3Ds3%26b%3D2&c=3":   "to=https%3A%2F%2Fh%2F%3Ftoken%3DREDACTED%26b%3D2&c=3",
			"to=https%253A%252F%252Fh%252F%253Ftoken%253Ds3&c": "to=https%253A%252F%252Fh%252F%253Ftoken%253DREDACTED&c",
			"to=%2Flogin%3Ftoken%3Ds3%2526s3%26b%3D2":          "to=%2Flogin%3Ftoken%3DREDACTED%26b%3D2",
		},
	}.check(t, Builtin.Query)
}

func TestSecretsLeaveNoPath(t *testing.T) {
	redactions{
		"paths without secrets stay": {
			"/":                  unchanged,
			"/guides/llamas":     unchanged,
			"/@someone/status=1": unchanged,
			"/C%23/a%3Db":        unchanged,
			"//cdn/x":            unchanged,
			"/a;v=1;lang=de/b":   unchanged,
		},
		"a name starts after a slash": {
			"/a/%22code=s3": "/a/%22code=REDACTED",
		},
		"a matrix parameter ends with its part of the path": {
			"/a;token=s3&s3/b":            "/a;token=REDACTED/b",
			"/a;jsessionid=s3":            "/a;jsessionid=REDACTED",
			"/a;JSESSIONID=s3/b;lang=de":  "/a;JSESSIONID=REDACTED/b;lang=de",
			"/a%3Bjsessionid%3Ds3%2Fs3/b": "/a%3Bjsessionid%3DREDACTED/b",
			"/a;token=s3/@someone":        "/a;token=REDACTED/@someone",
		},
		"a query within a path ends with the path": {
			"/go/x%3Ftoken%3Ds3%26b%3D2":            "/go/x%3Ftoken%3DREDACTED%26b%3D2",
			"/go/https%3A%2F%2Fh%3Ftoken%3Ds3%2Fs3": "/go/https%3A%2F%2Fh%3Ftoken%3DREDACTED",
		},
		"a value may be a URL": {
			"/a;token=https://u:s3@h/x":     "/a;token=REDACTED//h/x",
			"/a;token=https:/u:s3@h/x":      "/a;token=REDACTED/h/x",
			"/a;token=https%253A//u:s3@h/x": "/a;token=REDACTED//h/x",
			"/a;token=?//u:s3@h/x":          "/a;token=?//h/x",
		},
		"quotation marks around a value may hold a slash": {
			"/a;token=%22s3/s3%22":     "/a;token=%22REDACTED%22",
			"/a;token=%22s3/s3%22;v=1": "/a;token=%22REDACTED%22;v=1",
		},
		"what follows a quotation goes with it if it may be a part of the value": {
			"/a;token=%22a%22s3/b":        "/a;token=REDACTED/b",
			"/a;token=%22a%22,%22s3%22/b": "/a;token=REDACTED/b",
			"/a;token=%22%22s3/b":         "/a;token=REDACTED/b",
		},
	}.check(t, Builtin.Path)
}

func TestSecretsLeaveNoHeaderWithURLs(t *testing.T) {
	redactions{
		"headers without secrets stay": {
			"https://chatgpt.com/":                  unchanged,
			"/relative?utm_source=chatgpt.com":      unchanged,
			"</a.css>; rel=preload; as=style, </b>": unchanged,
		},
		"a value ends with its URL": {
			"https://h/a?token=s3&b=2#s3":              "https://h/a?token=REDACTED&b=2",
			"https://h/a?token=s3#s3":                  "https://h/a?token=REDACTED",
			"https://h/a;jsessionid=s3?utm_source=x":   "https://h/a;jsessionid=REDACTED?utm_source=x",
			"https://h/?a=1, https://u:s3@h/?token=s3": "https://h/?a=1, https://h/?token=REDACTED",
		},
		"a URL may be relative, or a query": {
			"/token=s3/b?c=1":                  "/token=REDACTED/b?c=1",
			"</token=s3/b?c=1>":                "</token=REDACTED/b?c=1>",
			"a=1&token=":                       unchanged,
			"a=1&token=abc/s3":                 "a=1&token=REDACTED",
			"login.jsp;jsessionid=s3?lang=en":  "login.jsp;jsessionid=REDACTED?lang=en",
			"../login;jsessionid=s3/x?lang=en": "../login;jsessionid=REDACTED/x?lang=en",
		},
		"a matrix parameter may be a URL": {
			"https://h/a;code=https://u:s3@h/x": "https://h/a;code=REDACTED//h/x",
		},
		"parameters of a header and cookies may be secret": {
			"session=https://u:s3;s3@h; b=/": "session=REDACTED",
			`</a>; token="s3 s3"; rel=x`:     `</a>; token="REDACTED"; rel=x`,
			"session=abc/s3; b=/":            "session=REDACTED; b=/",
		},
		"quotation marks around a value stay": {
			`https://h/?token="s3"&b=2`:  `https://h/?token="REDACTED"&b=2`,
			"https://h/?token=%22s3&b=2": "https://h/?token=%22REDACTED&b=2",
		},
		"what follows a quotation goes with it if it may be a part of the value": {
			"https://h/?email=%22A%20B%22%20%3Cs3@h%3E&b=2": "https://h/?email=REDACTED&b=2",
			"https://h/?token=%22a%22,%22s3%22&b=2":         "https://h/?token=REDACTED&b=2",
			"https://h/?to=x%3Ftoken%3D%22a%22s3%26b=2":     "https://h/?to=x%3Ftoken%3DREDACTED%26b=2",
		},
	}.check(t, Builtin.Header)
}
