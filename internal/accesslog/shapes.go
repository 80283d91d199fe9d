// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

// shapes are the formats whose columns have no form of their own, or whose request
// lines stand without quotation marks. Each pattern is a whole line. A longer pattern
// comes before one that it begins with.
//
// The formats are those of the programs' own documents or sources: uWSGI's
// core/logging.c, Nginx Proxy Manager's nginx.conf, Zoraxy's mod/dynamicproxy, Gin's
// logger.go, Fiber's middleware/logger, chi's middleware/logger.go, morgan's README,
// PHP's php_cli_server.c, Tornado's web.py, Jupyter's log.py, Sanic's log.py, ASP.NET
// Core's HostingApplicationDiagnostics.cs, CouchDB's chttpd.erl, Squid's logformat "squid", "Access logs" of the Elastic Load
// Balancing guides, "Amazon S3 server access log format", gorouter's access_log_record.go.
var shapes = []shape{
	newShape("uWSGI", `start: [pid: *] <client> (<user>) {*} [<time>] <method> <target> => generated <number> bytes in <amount> <unit> (<word> <status>) <number> headers in <number> bytes (<number> switches on core <number>)`),
	newShape("Nginx Proxy Manager", `[<time>] <status> - <method> <scheme> <host> "<target>" [Client <client>] [Length *] [Gzip *] *"<ua>" "<referer>"`),
	newShape("Nginx Proxy Manager, proxy", `[<time>] <word> <word> <status> - <method> <scheme> <host> "<target>" [Client <client>] [Length *] [Gzip *] *"<ua>" "<referer>"`),
	newShape("Nginx Proxy Manager, two attempts", `[<time>] <word> <word> <word> <status> - <method> <scheme> <host> "<target>" [Client <client>] [Length *] [Gzip *] *"<ua>" "<referer>"`),
	newShape("Zoraxy", `[<time>] [router:*] [origin:<host>] [client: <client>] [useragent: <ua>] <method> <target> <status>`),
	newShape("Gin", `[GIN] <time> | <status> | <duration> | <client> | <method> "<target>"`),
	newShape("Gin 1.6", `[GIN] <time> | <status> | <duration> | <client> | <method> <target>`),
	newShape("Fiber", `<word> | <status> | <duration> | <client> | <method> | <target> | -`),
	newShape("Beego", `|<client>|<status>|<duration>|*|<method> <target> r:*`),
	newShape("chi", `"<request>" from <client> - <status> <word> in <duration>`),
	newShape("morgan dev", `<method> <target> <status> <ms> ms - <number>`),
	newShape("morgan tiny", `<method> <target> <status> <number> - <ms> ms`),
	newShape("morgan short", `<client> <word> <method> <target> HTTP/<word> <status> <number> - <ms> ms`),
	newShape("PHP", `[<time>] <client> [<status>]: <method> <target>`),
	newShape("PHP, with a reason", `[<time>] <client> [<status>]: <method> <target> - *`),
	newShape("Tornado", `<status> <method> <target> (<client>) <duration>`),
	newShape("Jupyter", `<status> <method> <target> (@<client>) <duration>`),
	newShape("Sanic", `<time> - (sanic.access)[INFO][<client>]: <method> <url> <status> <number>`),
	newShape("ASP.NET Core", `Request finished HTTP/<word> <method> <url> - <status> <word> <word> <duration>`),
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
