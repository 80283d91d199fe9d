// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/uri"
)

// searches are what people look for, words of credentials among them.
var searches = strings.Split(`llama wool|über llamas & alpakas|qué es una contraseña segura|mot de passe oublié|日本語 キーボード|пароль от wifi|
密码 管理器|סיסמה|كلمة السر|비밀번호 찾기|şifre yenileme|basic training for puppies|Basic instinct 1992|bearer of bad news|Bearer bonds|
the secret garden|password manager review|api key rotation|ghp_ token prefix|what is xoxb-|sk_live_ vs sk_test_|AKIA prefix meaning|
Asia Pacific 2024|ASIAPACIFICCONFERENCE|jwt vs session cookie|how to sign a pdf|neon sign "open"|return policy 14 days|50% off|C# vs F#|
a/b testing|rock 'n' roll|1 + 1 = 2|who's who?|price < 100|e=mc²|emoji 🦙 llama|internationalization|Donaudampfschifffahrtsgesellschaft|
iPhone15ProMax|RTX4090 vs RX7900XTX|B08N5WRWNW|ISBN 978-3-16-148410-0|M8x40 DIN 933|0.5mm Draht|npm_config_registry|hf_transformers`, "|")

// slugs are names of pages and of files.
var slugs = strings.Fields(`how-to-knit-a-llama-sweater 10-tips-for-2024 was-ist-ein-jwt-token what-is-a-bearer-token basic-authentication-explained
reset-your-password-in-5-minutes oauth2-and-openid-connect-in-depth %C3%BCber-uns caf%C3%A9-culture-in-vienna %E6%97%A5%E6%9C%AC%E8%AA%9E
internationalization-best-practices ASIA-PACIFIC-2024 AKIAK-alaska-weather sk-SK npm_install_vs_yarn_add v2.14.3-release-notes iso_8859-1
2024-03-15-release-notes c%2B%2B-for-beginners rock%20and%20roll the-secret-of-kells sign-up-and-save privacy-policy-2024 session-3-keynote
eyJ-is-how-a-jwt-begins ghp_-tokens-explained xoxb-vs-xoxp-tokens product-B08N5WRWNW A1B2C3D4 0815_4711 index.php feed.xml sitemap-0.xml.gz`)

// harmlessValues are values of keys as sites use them.
var harmlessValues = map[string]string{
	"utm_source": "chatgpt.com perplexity google newsletter-2024-03 fb-ads", "utm_medium": "referral cpc e-mail social", "utm_campaign": "spring_sale_2024 c-4711 b2b%7Cretarget Q3-Launch-DACH",
	"utm_content": "cta-top banner_300x250 variant-b", "utm_term": "llama+wool %2Bknit+%2Bwool", "utm_id": "23849201948571",
	"policy": "returns privacy cancellation-14-days refund_30_days_2024 internationalshipping GDPR 123e4567-e89b-12d3-a456-426614174000 KV12A345B6 eye-care-insurance-2024", "sign": "leo capricorn2024 stop neon-open-sign %2B a4-size-2mm 1", "signed": "1 true first-edition",
	"training_session": "monday-am 2 breakout-b2 afternoonworkshop2024", "session_type": "workshop keynote", "sessions": "3 12",
	"page": "1 2 17", "per_page": "25 100", "sort": "price_asc -created_at name,desc", "order_by": "date:desc", "offset": "240", "cursor": "eyJpZCI6MTAwLCJkaXIiOiJuZXh0In0 MTIzNDU2Nzg5MA%3D%3D",
	"after": "YXJyYXljb25uZWN0aW9uOjE5 t3_1b8xq2z", "filter[color]": "red dark-blue", "selectedFacets[brand]": "acme", "symfony": "6.4", "creditcard": "visa", "key_id": "12", "price": "10-99 ..50", "size": "XL 42 40x60cm", "in_stock": "true",
	"product_id": "8471920384 B08N5WRWNW gid%3A%2F%2Fshop%2FProduct%2F42", "sku": "LLM-0042-XL-RD 4006381333931", "variant": "39485720394857", "isbn": "978-3-16-148410-0",
	"lang": "de en-US zh-Hant-TW", "currency": "EUR", "country_code": "DE", "zip_code": "80331", "promo_code": "SAVE10 SUMMER2024", "voucher": "WELCOME5", "invite_code": "FRIENDS24",
	"date": "2024-03-15 20240315T083000Z 2024-03-15T08%3A30%3A00%2B01%3A00", "from": "1710489600", "lat": "48.137154", "bbox": "11.36,48.06,11.72,48.25", "v": "3f2a9c1b 1.2.3 20240315", "ver": "6.4.3",
	"preview_id": "4711", "id": "123e4567-e89b-12d3-a456-426614174000 01HV8Z6J3W4K5M6N7P8Q9R0S1T 507f1f77bcf86cd799439011", "uuid": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
	"mc_cid": "9f8e7d6c5b", "mc_eid": "1a2b3c4d5e", "_hsmi": "295847102", "nl": "2024-w11", "mkt": "de-DE", "author": "me", "authority": "gov", "monkey": "1", "keyboard": "qwertz", "keyword": "wool",
	"codec": "av1", "statement": "2024", "stateful": "1", "emailed": "no", "pinned": "1", "passenger": "2", "compass": "n", "bypass": "1", "design": "flat", "assign": "me", "insurance_policy_type": "home",
	"url": "https%3A%2F%2Fwww.example.com%2Fguides%3Fpage%3D2 /login", "redirect": "%2Fcart%3Fstep%3D2", "path": "a/b", "hl": "pt-BR", "fields": "id,name,price", "include": "author.profile",
	"gad_source": "1", "ref": "nav_top", "w": "1200", "fm": "webp", "flags": "a|b", "time": "10:30", "q[title_cont]": "wool", "tags[]": "a%2Cb", "d": "%7B%22page%22%3A1%2C%22policy%22%3A%22returns%22%7D",
}

// clickIDs are keys whose values are random and long, and say no more than where a
// visitor came from.
var clickIDs = strings.Fields("gclid fbclid msclkid ttclid srsltid wbraid gbraid _gl twclid li_fat_id yclid dclid")

// harmlessURLs are URLs such as sites have, without a secret.
func harmlessURLs() (urls []string) {
	random := rand.New(rand.NewChaCha8([32]byte{1}))
	bytesOf := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	slug := func() string { return slugs[random.IntN(len(slugs))] }
	for key, values := range harmlessValues {
		for value := range strings.FieldsSeq(values) {
			for _, other := range []string{"", "&page=2", "&utm_source=chatgpt.com", "&sort=new"} {
				urls = append(urls, "/"+slug()+"?"+key+"="+value+other, "/s?lang=de&"+key+"="+value)
			}
		}
	}
	for _, term := range searches {
		term = strings.TrimSpace(term)
		for _, key := range []string{"q", "s", "search", "query", "keyword", "k", "term"} {
			urls = append(urls, "/search?"+key+"="+url.QueryEscape(term), "/search?lang=en&"+key+"="+url.PathEscape(term)+"&page=3")
		}
	}
	for _, key := range clickIDs {
		for range 25 {
			urls = append(urls, "/"+slug()+"?"+key+"="+base64.RawURLEncoding.EncodeToString(bytesOf(20+random.IntN(50)))+"&ref=ad")
		}
	}
	for i, slug := range slugs {
		hash := bytesOf(20)
		urls = append(urls, "/"+slug, "/blog/"+slug+"/", "/"+slug+".html", "/a;v=1/"+slug+";lang=de", "/shop/"+slug+"/p/"+strconv.Itoa(i*7919),
			fmt.Sprintf("/assets/%s.%x.js?v=%x", slug, hash[:10], hash[:4]), "/static/"+hex.EncodeToString(hash)+"/"+slug+".css", "/media/"+slug+"-1024x768.webp",
			fmt.Sprintf("/orders/%x-%x-%x-%x-%x", hash[:4], hash[4:6], hash[6:8], hash[8:10], hash[10:16]), "/img/"+base64.RawURLEncoding.EncodeToString([]byte(`{"key":"`+slug+`"}`))+".jpg",
			fmt.Sprintf("/archive/2024/%02d/%s/comment-page-%d", i%12+1, slug, i), "/_next/static/chunks/sk-"+hex.EncodeToString(hash)+".js")
	}
	return urls
}

// A site's own words must not vanish: who redacts them hides from the site what its
// visitors read.
func TestNoOrdinaryURLIsChanged(t *testing.T) {
	distinct := map[string]bool{}
	for _, text := range harmlessURLs() {
		distinct[text] = true
		path, query, _ := strings.Cut(text, "?")
		path, query = uri.Escape(path, uri.PathBytes), uri.Escape(query, uri.QueryBytes)
		require.Equal(t, query, Builtin.Query(query), "the query of %s", text)
		require.Equal(t, path, Builtin.Path(path), "the path of %s", text)
		full := "https://www.example.com" + path + "?" + query
		require.Equal(t, full, Builtin.Header(full), "a header")
	}
	assert.GreaterOrEqual(t, len(distinct), 2000)
}

// These are ordinary words, too. But nothing tells their values from credentials.
func TestKeysWithTwoMeaningsAreSecret(t *testing.T) {
	for _, query := range []string{"code=SAVE10", "state=bavaria", "key=a-minor", "email=weekly", "pin=80331", "session=keynote", "ticket=vip", "auth=required"} {
		key, _, _ := strings.Cut(query, "=")
		assert.Equal(t, key+"=REDACTED", Builtin.Query(query))
	}
}
