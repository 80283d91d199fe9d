// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"strings"
)

// idleKeys say nothing of a visit. Those of semantic conventions and of usual logs are
// listed because nearly all items have them: a key that is known to say nothing costs
// less than one that may be another in an unusual spelling.
//
// Uri is .NET's HttpClient's key of the URL of an outgoing call, and not nginx' uri.
var idleKeys = strings.Fields(`
	Uri
	network.protocol.name network.protocol.version network.transport network.type network.peer.port
	network.local.address network.local.port network.connection.type
	server.port client.port url.template http.route http.flavor http.status_text
	http.request.body.size http.response.body.size http.request.size http.response.size
	http.request_content_length http.response_content_length http.read_bytes http.wrote_bytes
	http.request_content_length_uncompressed http.response_content_length_uncompressed
	net.transport net.peer.port net.peer.name net.host.port net.host.ip net.sock.host.addr net.sock.host.port
	net.sock.peer.port net.sock.family net.protocol.name net.protocol.version
	thread.id thread.name code.function code.function.name code.namespace code.filepath code.file.path
	code.lineno code.line.number otel.status_code otel.status_description span.type
	asgi.event.type aspnetcore.routing.is_fallback next.span_name next.span_type next.route
	user_agent.synthetic.type enduser.id request_id x_request_id trace_id span_id
	log.file.name log.file.path log.iostream logtag
	body_bytes_sent bytes_sent request_length remote_user remote_port server_port server_protocol
	connection connection_requests pipe gzip_ratio hostname level pid
	upstream_addr upstream_status upstream_response_time upstream_connect_time upstream_header_time
	ssl_protocol ssl_cipher tls.protocol.version tls.cipher`)

// SaysNothing reports whether neither the key's value nor the key itself is of use.
func (m *Mapping) SaysNothing() bool { return m.Field == 0 && m.Source == 0 }
