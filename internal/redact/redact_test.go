// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// unchanged marks a text that is to stay byte for byte.
const unchanged = "(unchanged)"

func TestSecretsLeaveNoQuery(t *testing.T) {
	for text, want := range map[string]string{
		"":                                unchanged,
		"utm_source=chatgpt.com&ref=news": unchanged,
		"q=the+secret+of+keys&page=2":     unchanged,
		"monkey=1&author=me&codec=av1":    unchanged,
		"token&flag=":                     unchanged,
		"token=":                          unchanged,
		"time=10:30&mail-to=a:b":          unchanged,
		"u=https://h/@someone":            unchanged,

		"token=s3":                               "token=REDACTED",
		"a=1&ToKeN=s3&b=2":                       "a=1&ToKeN=REDACTED&b=2",
		"token=s3;s3":                            "token=REDACTED",
		"a=1;token=s3":                           "a=1;token=REDACTED",
		"token=s3=s3==&b=2":                      "token=REDACTED&b=2",
		"%74%6fken=s3":                           "%74%6fken=REDACTED",
		"%2574oken=s3":                           "%2574oken=REDACTED",
		"%u0074oken=s3":                          "%u0074oken=REDACTED",
		"tok%en=s3":                              "tok%en=REDACTED",
		"%zz%token=s3":                           "%zz%token=REDACTED",
		"%00token=s3":                            "%00token=REDACTED",
		"+token+=s3":                             "+token+=REDACTED",
		"token[]=s3&token[0]=s3":                 "token[]=REDACTED&token[0]=REDACTED",
		"user[password][x]=s3":                   "user[password][x]=REDACTED",
		"filter.api.key=s3":                      "filter.api.key=REDACTED",
		"apiKey=s3&api-key=s3&API_KEY2=s3":       "apiKey=REDACTED&api-key=REDACTED&API_KEY2=REDACTED",
		"promo_key=s3&fooKey=s3&sig=s3":          "promo_key=REDACTED&fooKey=REDACTED&sig=REDACTED",
		"X-Amz-Signature=s3&X-Amz-Credential=s3": "X-Amz-Signature=REDACTED&X-Amz-Credential=REDACTED",

		"X-Amz-Security-Token=s3&AWSAccessKeyId=s3":  "X-Amz-Security-Token=REDACTED&AWSAccessKeyId=REDACTED",
		"X-Goog-Signature=s3&Signature=s3&PHPSESSID": "X-Goog-Signature=REDACTED&Signature=REDACTED&PHPSESSID",
		"PHPSESSID=s3&user_email=s3&code=s3&state=s": "PHPSESSID=REDACTED&user_email=REDACTED&code=REDACTED&state=REDACTED",
		"token=s3%26s3&b=2":                          "token=REDACTED&b=2",
		"token=s3%3Bs3%23s3":                         "token=REDACTED",
		"token=%7s3%":                                "token=REDACTED",

		"{%22token%22:%22s3%22,%22a%22:1}":                             "{%22token%22:%22REDACTED%22,%22a%22:1}",
		"d=%7B%22password%22%3A%22s3%22%7D&b=2":                        "d=%7B%22password%22%3A%22REDACTED%22%7D&b=2",
		"d=%7B%22token%22%20:%20%22s3%22%7D":                           "d=%7B%22token%22%20:%20%22REDACTED%22%7D",
		"d=%7B%22token%22+:%0A+%22s3%22%7D":                            "d=%7B%22token%22+:%0A+%22REDACTED%22%7D",
		"d=%7B%22token%22%3A%5B%22s3%26s3%22%5D%7D&b=2":                "d=%7B%22token%22%3AREDACTED&b=2",
		"d=%7B%22token%22:1234&b=2":                                    "d=%7B%22token%22:REDACTED&b=2",
		"d=%7B%22token%22:%22s3&b=2":                                   "d=%7B%22token%22:%22REDACTED&b=2",
		"d={%5C%22token%5C%22:%5C%22s3%5C%22}&b=2":                     "d={%5C%22token%5C%22:%5C%22REDACTED%5C%22}&b=2",
		"d={%22token%22:%22%22%22s3%22%22%22}&b=2":                     "d={%22token%22:REDACTED&b=2",
		"d={%22token%22:%22a%22s3%22}&b=2":                             "d={%22token%22:REDACTED&b=2",
		"query={login(password:%22%22%22s3%22%22%22)}&b=2":             "query={login(password:REDACTED&b=2",
		"d={%5C%22token%5C%22:%5C%22s3%5C%22%5Cn}":                     "d={%5C%22token%5C%22:%5C%22REDACTED%5C%22%5Cn}",
		"d={token:%27s3%27,b:1}":                                       "d={token:%27REDACTED%27,b:1}",
		"d={token:%27it%27s3%27,b:1}&b=2":                              "d={token:REDACTED&b=2",
		"q=state:%22open%22%20label:%22bug%22":                         unchanged,
		"q=%22token%22:%20%22&page=2":                                  unchanged,
		"d={%22token%22:%22s3%5C%5C%22,%22b%22:1}":                     "d={%22token%22:%22REDACTED%5C%5C%22,%22b%22:1}",
		"d={%5C%22token%5C%22:%5C%22s3%5C%5C%5C%22s3%5C%22}":           "d={%5C%22token%5C%22:%5C%22REDACTED%5C%22}",
		"d=%22{%5Cn%5Ct%5C%22code%5C%22:%20%5C%22s3%5C%22}%22":         "d=%22{%5Cn%5Ct%5C%22code%5C%22:%20%5C%22REDACTED%5C%22}%22",
		"d={%22session%20id%22:%22s3%22,%22a%22:1}":                    "d={%22session%20id%22:%22REDACTED%22,%22a%22:1}",
		"d={%22%5Cu0074oken%22:%22s3%22}":                              "d={%22%5Cu0074oken%22:%22REDACTED%22}",
		"d={%22a%22:%22{%5Cu0022email%5Cu0022:%5Cu0022s3%5Cu0022}%22}": "d={%22a%22:%22{%5Cu0022email%5Cu0022:%5Cu0022REDACTED%5Cu0022}%22}",
		"d={%22u%22:%22https://h/?a=1%5Cu0026code=s3%22}&b=2":          "d={%22u%22:%22https://h/?a=1%5Cu0026code=REDACTED&b=2",
		"query=mutation{login(name:%22a%22,password:%22s3%22){id}}":    "query=mutation{login(name:%22a%22,password:%22REDACTED%22){id}}",
		"d={%22c%22:%22{%5C%22color%5C%22:%5C%22%23fff%5C%22}%22}&b=2": unchanged,
		"d={%22a%22:%22C:%5C%5C%22,%22b%22:%22No.%20%231%22}&b=2":      unchanged,
		"d=%22a%5C%22s3%22:1&b=2":                                      unchanged,
		"d={%22a%22:%22token%22,%22b%22:{}}":                           unchanged,

		"to=https://h/?token=s3&b=2":                        "to=https://h/?token=REDACTED&b=2",
		"to=https%3A%2F%2Fh%2F%3Ftoken%3Ds3%26b%3D2&c=3":    "to=https%3A%2F%2Fh%2F%3Ftoken%3DREDACTED%26b%3D2&c=3",
		"to=https%253A%252F%252Fh%252F%253Ftoken%253Ds3&c":  "to=https%253A%252F%252Fh%252F%253Ftoken%253DREDACTED&c",
		"to=%2Flogin%3Ftoken%3Ds3%2526s3%26b%3D2":           "to=%2Flogin%3Ftoken%3DREDACTED%26b%3D2",
		"to=https://u:s3@h/x&b=2":                           "to=https://h/x&b=2",
		"to=https%3A%2F%2Fu%3As3%40h%2Fx":                   "to=https%3A%2F%2Fh%2Fx",
		"to=https%3a%2f%2fu:s3@h/x":                         "to=https%3a%2f%2fh/x",
		"to=https%253A%252F%252Fu%253As3%2540h%252Fx":       "to=https%253A%252F%252Fh%252Fx",
		"to=https://u:s3%2Fs3@h/x":                          "to=https://h/x",
		"to=https://u:s3;s3,'s3@h/x":                        "to=https://h/x",
		"to=https://a@b:s3@h/x":                             "to=https://h/x",
		"to=//u:s3@h/x":                                     "to=//h/x",
		"to=%2F%2Fu:s3@h/x":                                 "to=%2F%2Fh/x",
		"to=https:/u:s3@h/x&c=https:%5C%5Cu:s3@h%5Cx":       "to=https:/h/x&c=https:%5C%5Ch%5Cx",
		"to=https://h/%23s3&b=2":                            "to=https://h/&b=2",
		"to=https%3A%2F%2Fh%2F%23access_token%3Ds3&b=2":     "to=https%3A%2F%2Fh%2F&b=2",
		"color=%23ffffff&to=https%3A%2F%2Fh%2F%3Fc%3D%2523": unchanged,
	} {
		if want == unchanged {
			want = text
		}
		assert.Equal(t, want, Builtin.Query(text), text)
	}
	long := strings.Repeat("x", 300)
	assert.Equal(t, long+"=REDACTED", Builtin.Query(long+"=s3"), "a key that is too long to be looked at")
}

func TestSecretsLeaveNoPath(t *testing.T) {
	for text, want := range map[string]string{
		"/":                                     unchanged,
		"/guides/llamas":                        unchanged,
		"/@someone/status=1":                    unchanged,
		"/C%23/a%3Db":                           unchanged,
		"//cdn/x":                               unchanged,
		"/a;v=1;lang=de/b":                      unchanged,
		"/a;jsessionid=s3":                      "/a;jsessionid=REDACTED",
		"/a;JSESSIONID=s3/b;lang=de":            "/a;JSESSIONID=REDACTED/b;lang=de",
		"/a%3Bjsessionid%3Ds3%2Fs3/b":           "/a%3Bjsessionid%3DREDACTED/b",
		"/go/https://u:s3@h/x":                  "/go/https://h/x",
		"/go/https:/u:s3@h/x":                   "/go/https:/h/x",
		"/go/https%3A%2F%2Fu%3As3%40h%2Fx/y":    "/go/https%3A%2F%2Fh%2Fx/y",
		"/go/https%3A%2F%2Fh%3Ftoken%3Ds3%2Fs3": "/go/https%3A%2F%2Fh%3Ftoken%3DREDACTED",
		"/go/https%3A%2F%2Fh%23s3/y":            "/go/https%3A%2F%2Fh/y",
		"/a;token=https://u:s3@h/x":             "/a;token=REDACTED//h/x",
		"/a;token=https:/u:s3@h/x":              "/a;token=REDACTED/h/x",
		"/a;token=https%253A//u:s3@h/x":         "/a;token=REDACTED//h/x",
		"/a;token=?//u:s3@h/x":                  "/a;token=?//h/x",
		"/a;token=s3/@someone":                  "/a;token=REDACTED/@someone",
		"/a;token=%22s3/s3%22;v=1":              "/a;token=%22REDACTED%22;v=1",
		"/d/%7B%22token%22:%22ab/s3;s3%22%7D/b": "/d/%7B%22token%22:%22REDACTED%22%7D/b",
		"/a;token=%22a%22s3/b":                  "/a;token=REDACTED/b",
		"/a;token=%22a%22,%22s3%22/b":           "/a;token=REDACTED/b",
		"/a;token=%22%22s3/b":                   "/a;token=REDACTED/b",
		"/d/%22code%22:%22s3%22/b":              "/d/%22code%22:%22REDACTED%22/b",
		"/d/%7B%22token%22:12/s3%7D":            "/d/%7B%22token%22:REDACTED",
	} {
		if want == unchanged {
			want = text
		}
		assert.Equal(t, want, Builtin.redact(text, pathText), text)
	}
}

func TestSecretsLeaveNoHeaderWithURLs(t *testing.T) {
	for text, want := range map[string]string{
		"https://chatgpt.com/":                                        unchanged,
		"https://h/?q=a#":                                             "https://h/?q=a",
		"/relative?utm_source=chatgpt.com":                            unchanged,
		"</a.css>; rel=preload; as=style, </b>":                       unchanged,
		"https://u:s3@h/":                                             "https://h/",
		"https://u:s3,s3;s3&s3@h/":                                    "https://h/",
		"//u:s3@h/x":                                                  "//h/x",
		"https://h/#s3":                                               "https://h/",
		"https://h/a?token=s3&b=2#s3":                                 "https://h/a?token=REDACTED&b=2",
		"https://h/a?token=s3#s3":                                     "https://h/a?token=REDACTED",
		"https://h/a;jsessionid=s3?utm_source=x":                      "https://h/a;jsessionid=REDACTED?utm_source=x",
		`<https://u:s3@h/?token=s3#s3>; rel="next"`:                   `<https://h/?token=REDACTED>; rel="next"`,
		`</a?sig=s3>; rel=x; anchor="#s3", <https://u:s3@h/>`:         `</a?sig=REDACTED>; rel=x; anchor="", <https://h/>`,
		"https://h/?a=1, https://u:s3@h/?token=s3":                    "https://h/?a=1, https://h/?token=REDACTED",
		"https://h/?to=https%3A%2F%2Fu%3As3%40h%2F%23s3&b=2":          "https://h/?to=https%3A%2F%2Fh%2F&b=2",
		"https://h/a;code=https://u:s3@h/x":                           "https://h/a;code=REDACTED//h/x",
		`</a>; token="s3 s3"; rel=x`:                                  `</a>; token="REDACTED"; rel=x`,
		`https://h/?token="s3"&b=2`:                                   `https://h/?token="REDACTED"&b=2`,
		`https://h/?d={"a":"x","token":"a\"s3","b":"c"}`:              `https://h/?d={"a":"x","token":"REDACTED","b":"c"}`,
		`https://h/?d={"a":"{\"token\":\"a\\\"s3\"}"}&b=2`:            `https://h/?d={"a":"{\"token\":\"REDACTED\"}"}&b=2`,
		"https://h/?email=%22A%20B%22%20%3Cs3@h%3E&b=2":               "https://h/?email=REDACTED&b=2",
		"https://h/?token=%22a%22,%22s3%22&b=2":                       "https://h/?token=REDACTED&b=2",
		"https://h/?to=x%3Ftoken%3D%22a%22s3%26b=2":                   "https://h/?to=x%3Ftoken%3DREDACTED%26b=2",
		"https://h/?d=%7B%22code%22%3A5%7D&b=2":                       "https://h/?d=%7B%22code%22%3AREDACTED&b=2",
		`<https://h/?d=%7B%22code%22%3A5%7D>; rel="a", <https://h/b>`: `<https://h/?d=%7B%22code%22%3AREDACTED>; rel="a", <https://h/b>`,
		"https://h/?token=%22s3&b=2":                                  "https://h/?token=%22REDACTED&b=2",
		`https://h/?state={"a":"s3"}&b=2`:                             `https://h/?state=REDACTED&b=2`,
		`https://h/?state=["s3"]&b=2`:                                 `https://h/?state=REDACTED&b=2`,
		`https://h/?d={token:"s3",b:1}`:                               `https://h/?d={token:"REDACTED",b:1}`,
		"a=1&token=abc/s3":                                            "a=1&token=REDACTED",
		"login.jsp;jsessionid=s3?lang=en":                             "login.jsp;jsessionid=REDACTED?lang=en",
		"../login;jsessionid=s3/x?lang=en":                            "../login;jsessionid=REDACTED/x?lang=en",
		`<https://h/?state=[1]>; rel="next", <https://h/b>`:           `<https://h/?state=REDACTED>; rel="next", <https://h/b>`,
		"session=abc/s3; b=/":                                         "session=REDACTED; b=/",
		`{"token" : "s3/s3;s3?s3#s3>s3"}`:                             `{"token" : "REDACTED"}`,
		`{"token":["s3"],"b":1}`:                                      `{"token":REDACTED`,
		`{"token":{"a":"s3"}}`:                                        `{"token":REDACTED`,
		`{"token":"https://u:s3@h/x","b":"https://u:s3@h/"}`:          `{"token":"REDACTED","b":"https://h/"}`,
		`{"token":"a%22s3"}`:                                          `{"token":"REDACTED"}`,
		`{"b"://u:s3@h/}`:                                             `{"b"://h/}`,
	} {
		if want == unchanged {
			want = text
		}
		assert.Equal(t, want, Builtin.Header(text), text)
	}
}

// TestNothingMeetsWhereSomethingWasTakenOut: the neighbours of what is taken out can
// mean something new together, which is a secret as well.
func TestNothingMeetsWhereSomethingWasTakenOut(t *testing.T) {
	for text, want := range map[string][3]string{
		"/://%23;:%40@":             {"/://", "/://", "/://"},
		"/:/%23%3C;%40":             {"/:/", "/:/", "/:/"},
		"/go/https:/%23s3/u:s3@h":   {"/go/https:/", "/go/https://h", unchanged},
		"https://u@/@someone":       {"https:///someone", "https:///someone", "https:///someone"},
		"//a@//b@//s3@h/":           {"//////h/", "//////h/", "//////h/"},
		"/?d={token:#x\"s3\"}":      {"/?d={token:", "/?d={token:", "/?d={token:\"REDACTED\"}"},
		"/?token=#\"s3\"":           {"/?token=REDACTED", "/?token=REDACTED", "/?token=\"REDACTED\""},
		"/?tok#x\"en=s3":            {"/?tok", "/?tok", "/?tok\"en=REDACTED"},
		"//a@//b@//c@//d@//e@//f@h": {redacted, "/" + redacted, redacted},
	} {
		for at, want := range want {
			if want == unchanged {
				want = text
			}
			once := Builtin.redact(text, textKind(at))
			assert.Equal(t, want, once, "%s, place %d", text, at)
			assert.Equal(t, once, Builtin.redact(once, textKind(at)), "%s, place %d, once more", text, at)
		}
	}
}

func TestRedactionAllocatesNothingWithoutSecrets(t *testing.T) {
	for _, query := range []string{"utm_source=chatgpt.com&page=2", "q=caf%C3%A9+%26+more&to=https%3A%2F%2Fh%2Fx", ""} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { Builtin.Query(query) }), query)
	}
}

// TestSecretsInQuotationMarksAreFoundWhereverTheyStand puts JSON behind texts of
// any length, with other scripts in them.
func TestSecretsInQuotationMarksAreFoundWhereverTheyStand(t *testing.T) {
	for length := range 20 {
		for _, filler := range []string{"a", "é", "日"} {
			before := "https://h/" + strings.Repeat(filler, length)
			for given, want := range map[string]string{
				`{"token":"s"}`: before + `{"token":"REDACTED"}`,
				`{"token":1}`:   before + `{"token":REDACTED`,
				`{'token':'s'}`: before + `{'token':'REDACTED'}`,
				`?token=s`:      before + `?token=REDACTED`,
			} {
				assert.Equal(t, want, Builtin.Header(before+given))
			}
			assert.Equal(t, before, Builtin.Header(before))
		}
	}
}
