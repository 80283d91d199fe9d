// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

// shapes are the formats whose columns have no form of their own, or whose request
// lines stand without quotation marks. Each pattern is a whole line. A longer pattern
// comes before one that it begins with.
//
// The formats are those of the programs' own documents or sources: uWSGI's
// core/logging.c, Nginx Proxy Manager's log-proxy.conf and log-standard.conf, Zoraxy's
// mod/info/logger/trafficlog.go, Gin's logger.go, Fiber's
// middleware/logger/default_logger.go, Beego's router.go, chi's middleware/logger.go,
// morgan's README, PHP's php_cli_server.c, Tornado's web.py, jupyter_server/log.py,
// Sanic's logging documentation, ASP.NET Core's HostingRequestFinishedLog.cs, CouchDB's
// chttpd.erl, Squid's logformat "squid", "Access logs" of the Elastic Load Balancing
// guides, "Amazon S3 server access log format", gorouter's
// accesslog/schema/access_log_record.go, Next.js' log-requests.ts, koa-logger's and
// Hono's logger, Strapi's logger middleware, Hanami's rack_logger.rb, negroni's
// logger.go, Gitea's modules/web/routing/logger.go, warp's filters/log.rs, Linkerd's
// access logging, dufs' README, oauth2-proxy's logger.go, the documentation of Kinsta,
// Bitbucket, Confluence, Artifactory, the CDNs of Alibaba Cloud, Huawei Cloud and Tencent
// Cloud, GlassFish and Upsun, Ktor's CallLogging and tower-http's trace.
var shapes = []shape{
	newShape("uWSGI", `start: [pid: *] <client> (<user>) {*} [<time>] <method> <target> => generated <number> bytes in <amount> <unit> (<word> <status>) <number> headers in <number> bytes (<number> switches on core <number>)`),
	newShape("uWSGI, by another core", `start: [pid: *] <client> (<user>) {*} [<time>] <method> <target> => generated <number> bytes in <amount> <unit> via <word> (<word> <status>) <number> headers in <number> bytes (<number> switches on core <number>)`),
	newShape("Nginx Proxy Manager", `[<time>] <status> - <method> <scheme> <host> "<target>" [Client <client>] [Length *] [Gzip *] *"<ua>" "<referer>"`),
	newShape("Nginx Proxy Manager, proxy", `[<time>] <word> <word> <status> - <method> <scheme> <host> "<target>" [Client <client>] [Length *] [Gzip *] *"<ua>" "<referer>"`),
	newShape("Nginx Proxy Manager, two attempts", `[<time>] <word> <word> <word> <status> - <method> <scheme> <host> "<target>" [Client <client>] [Length *] [Gzip *] *"<ua>" "<referer>"`),
	newShape("Zoraxy", `[<time>] [router:*] [origin:<host>] [client: <client>] [useragent: <ua>] <method> <target> <status>`),
	newShape("Zoraxy 3.1", `[<time>] [router:*] [origin:*] [client <client>] [useragent <ua>] <method> <target> <status>`),
	newShape("Gin", `[GIN] <time> | <status> | <duration> | <client> | <method> "<target>"`),
	newShape("Gin 1.6", `[GIN] <time> | <status> | <duration> | <client> | <method> <target>`),
	newShape("Fiber, with an error", `<when> | <status> | <duration> | <client> | <method> | <target> | *`),
	newShape("Fiber, no error", `<when> | <status> | <duration> | <client> | <method> | <target>`),
	newShape("Fiber 2", `[<word>] <status> - <duration> <method> <target>`),
	newShape("Beego", `|<client>|<status>|<duration>|*|<method> <target> r:*`),
	newShape("Beego, no route", `|<client>|<status>|<duration>|*|<method> <target>`),
	newShape("chi", `"<request>" from <client> - <status> <word> in <duration>`),
	newShape("morgan dev", `<method> <target> <status> <ms> ms - <number>`),
	newShape("morgan tiny", `<method> <target> <status> <number> - <ms> ms`),
	newShape("morgan short", `<client> <word> <method> <target> HTTP/<word> <status> <number> - <ms> ms`),
	newShape("Next.js", `<method> <target> <status> in <duration>`),
	newShape("Next.js 15", `<method> <target> <status> in <duration> (*)`),
	newShape("koa-logger", `--> <method> <target> <status> <duration> <word>`),
	newShape("Hono", `--> <method> <target> <status> <duration>`),
	newShape("Strapi", `<method> <target> (<ms> ms) <status>`),
	newShape("Hanami", `<method> <status> <duration> <client> <target> <number>`),
	newShape("Negroni", `start: [negroni] <time> | <status> | <duration> | <host> | <method> <target>`),
	newShape("Gitea", `<time> ...<word> [<word>] router: completed <method> <target> for <client:port>, <status> * in <duration> @ <rest>`),
	newShape("warp", `<client:port> "<request>" <status> "<referer>" "<ua>" <duration>`),
	newShape("Linkerd", `<client:port> <word> - [<time>] "<request>" <status>`),
	newShape("dufs", `<time> INFO - <client> "<request>" <status>`),
	newShape("OAuth2 Proxy", `<client> - <word> - <word> [<time>] <host> <method> <word> "<target>" HTTP/<word> "<ua>" <status> <number> <s>`),
	newShape("OAuth2 Proxy of old", `<client> - <word> [<time>] <host> <method> <word> "<target>" HTTP/<word> "<ua>" <status> <number> <s>`),
	newShape("Kinsta", `<host> <client> [<time>] <method> "<target>" HTTP/<word> <status> "<referer>" "<ua>" <rest>`),
	newShape("Bitbucket", `<client> | <word> | <word> | <word> | <time> | "<request>" | "<referer>" "<ua>" | <status> | *`),
	newShape("Confluence", `[<time>] <word> <word> <client> <method> <target> HTTP/<word> <status> <duration> <number> <referer> <ua>`),
	newShape("Artifactory", `<time>|<word>|<client>|<word>|<method>|<target>|<status>|<number>|<number>|<ms>|<last>`),
	newShape("Alibaba Cloud CDN", `[<time>] <client> <word> <ms> "<referer>" "<method> <url>" <status> <number> <number> <word> "<ua>" <rest>`),
	newShape("Huawei Cloud CDN", `[<time>] <client> <ms> "<referer>" "HTTP/<word>" "<method>" "<host>" "<target>" <status> <number> <word> "<ua>" <rest>`),
	newShape("Huawei Cloud load balancer", `<seconds> <word> [<time>] elb_<word> <client:port> <status> "<request>" <number> <number> <number> <s> "*" "*" "*" "*" "*" "<ua>" "<referer>" "<forwarded>" <rest>`),
	newShape("Tencent Cloud CDN", `<stamp> <client> <host> <target> <number> <number> <number> <status> <referer> <ms> "<ua>" "*" <method> <word> <word> <number>`),
	newShape("API Gateway, CSV", `<client>,<column>,<column>,<time>,<method>,<target>,HTTP/<column>,<status>,<number>,<column>,<column>`),
	newShape("API Gateway, CSV with one id", `<client>,<column>,<column>,<time>,<method>,<target>,HTTP/<column>,<status>,<number>,<column>`),
	newShape("GlassFish", `"<client>" "<user>" "<time>" "<request>" <status> <number>`),
	newShape("GlassFish, with a user agent", `"<client>" "<user>" "<time>" "<request>" <status> <number> "<ua>"`),
	newShape("GlassFish, with both headers", `"<client>" "<user>" "<time>" "<request>" <status> <number> "<referer>" "<ua>"`),
	newShape("Ktor", `<status> *: <method> - <target> in <ms>ms`),
	newShape("tower-http", `request{method=<method> uri=<target> version=<word>}: tower_http::trace::on_response: finished processing request latency=<amount> <unit> status=<status>`),
	newShape("Upsun", `<time> <method> <status> <ms> ms <number> kB <word> <target>`),
	newShape("PHP", `[<time>] <client> [<status>]: <method> <target>`),
	newShape("PHP, with a reason", `[<time>] <client> [<status>]: <method> <target> - *`),
	newShape("Tornado", `<status> <method> <target> (<client>) <duration>`),
	newShape("Tornado, with a referer", `<status> <method> <target> (<client>) <duration> referer=<referer>`),
	newShape("Jupyter", `<status> <method> <target> (<user>@<client>) <duration>`),
	newShape("Jupyter, with a referer", `<status> <method> <target> (<user>@<client>) <duration> referer=<referer>`),
	newShape("Sanic", `[<time>] - (sanic.access)[INFO][<client>]: <method> <url> <status> <number>`),
	newShape("Sanic, no zone", `<time> - (sanic.access)[INFO][<client>]: <method> <url> <status> <number>`),
	newShape("ASP.NET Core 5", `Request finished HTTP/<word> <method> <url> <word> <word> - <status> <word> <word> <duration>`),
	newShape("ASP.NET Core", `Request finished HTTP/<word> <method> <url> - <status> <word> <word> <duration>`),
	newShape("CouchDB 2.0", `[*] <time> <word> <word> <word> <nonce> <client> <host> <method> <target> <status> <word> <ms>`),
	newShape("CouchDB", `[*] <time> <word> <word> <word> <host> <client> <word> <method> <target> <status> <word> <ms>`),
	newShape("CouchDB, no user", `[*] <time> <word> <word> <word> <host> <client> <method> <target> <status> <word> <ms>`),
	newShape("Kyoto Tycoon", `<time>: [*]: (<client>): <method> <target> HTTP/*: <status>`),
	newShape("time first", `<time> <client> <word> <method> <target> <number> <status> <number> "<referer>" "<ua>"`),
	newShape("time first, quoted", `<time> <client> <word> <method> "<target>" <number> <status> <number> "<referer>" "<ua>"`),
	newShape("classic load balancer", `start: <time> <word> <client:port> <word> <part> <part> <part> <status> <word> <number> <number> "<request>" "<ua>" <word> <word>`),
	newShape("classic load balancer of 2014", `start: <time> <word> <client:port> <word> <part> <part> <part> <status> <word> <number> <number> "<request>"`),
	newShape("application load balancer", `<elb> <time> <word> <client:port> <word> <part> <part> <part> <status> <word> <number> <number> "<request>" "<ua>" <word> <word> <word> "*" <rest>`),
	newShape("S3", `start: <word> <bucket> [<time>] <client> <word> <word> <s3> <word> "<request>" <status> <word> <number> <number> <ms> <number> "<referer>" "<ua>" <word> <word> <word> <word> <word> <host> *`),
	newShape("S3 of old", `start: <word> <bucket> [<time>] <client> <word> <word> <s3> <word> "<request>" <status> <word> <number> <number> <ms> <number> "<referer>" "<ua>"*`),
	newShape("gorouter", `start: <host> - [<time>] "<request>" <status> <number> <number> "<referer>" "<ua>" "*" "*" x_forwarded_for:"<forwarded>" x_forwarded_proto:"<scheme>" vcap_request_id:"*" response_time:<s> <rest>`),
}
