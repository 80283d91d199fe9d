// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

// otherRecords are the producers of records that have a request's keys and are no visits.
var otherRecords = []Source{
	{
		// kubernetes.io/docs/tasks/debug/debug-cluster/audit: an Event of audit.k8s.io
		// has requestURI, userAgent and responseStatus.code.
		name:     "Kubernetes audit log",
		signs:    []string{"auditID", "requestReceivedTimestamp", "stageTimestamp"},
		NoVisits: true,
	},
	{
		// docs.suricata.io, EVE JSON: a sensor sees what passes in both directions.
		name:       "Suricata",
		signs:      []string{"flow_id", "in_iface"},
		ExactSigns: true, // Skipper writes flow-id
		NoVisits:   true,
	},
	{
		// docs.zeek.org, http.log: a sensor, too.
		name:       "Zeek",
		signs:      []string{"id.orig_h", "id.resp_h", "trans_depth"},
		ExactSigns: true,
		NoVisits:   true,
	},
	{
		// A sample of a metric has the attributes of the requests that it counts.
		name: "Metrics",
		signs: []string{
			"__name__", "metric", "metric_name", "metricName", "metric_type", "metricset.name", "_aws.CloudWatchMetrics", "le", "quantile", "quantiles", "buckets",
			"bucketCounts", "bucket_counts", "explicitBounds", "explicit_bounds", "asInt", "asDouble", "measurements",
		},
		ExactSigns: true,
		NoVisits:   true,
	},
	{
		// Audit logs of ModSecurity and Coraza, Akamai's SIEM integration, Signal Sciences'
		// feed: what a firewall says of a request that another log records.
		name: "Web application firewalls",
		signs: []string{
			"transaction.producer.modsecurity", "transaction.producer.rule_engine", "transaction.producer.connector",
			"transaction.is_interrupted", "attackData.configId", "attackData.rules", "agentResponseCode",
		},
		ExactSigns: true,
		NoVisits:   true,
	},
	{
		// docs.aws.amazon.com, Lambda's proxy integration: a function that dumps the event of a
		// request into its own log. API Gateway and load balancers log the request themselves.
		name: "Events that functions get",
		signs: []string{
			"isBase64Encoded", "multiValueHeaders", "multiValueQueryStringParameters", "rawQueryString",
			"event.isBase64Encoded", "event.multiValueHeaders", "event.rawQueryString",
		},
		ExactSigns: true,
		NoVisits:   true,
	},
	{
		// What Heartbeat asks of sites, and what Cloudflare's firewall says of a request that the
		// log of requests has.
		name: "Monitors and firewall events",
		signs: []string{
			"monitor.id", "monitor.type", "monitor.check_group", "MatchIndex", "OriginatorRayID",
		},
		ExactSigns: true,
		NoVisits:   true,
	},
	{
		// Tenant logs of Auth0: what it did for a user or for an application, with the request to
		// its own API. SOFATracer's logs of clients.
		name: "Identity providers and logs of clients",
		signs: []string{
			"strategy_type", "auth0_client", "$event_schema", "details.request.channel",
			"data.strategy_type", "data.auth0_client", "data.$event_schema", "data.details.request.channel",
			"component.client.impl",
		},
		ExactSigns: true,
		NoVisits:   true,
	},
	{
		// Cilium's Hubble sees what passes in a cluster; crawlers and monitors ask other
		// sites; audit logs are of the APIs of clouds, GitHub and Elasticsearch.
		name: "Flows, crawlers, monitors and audit logs",
		signs: []string{
			"flow.verdict", "flow.l7.type", "spider", "checkType", "monitorURL", "request.endpoint", "delivered_at", "mocked",
			"protoPayload.methodName", "actor_ip", "origin.type", "error.grouping_key",
		},
		ExactSigns: true,
		NoVisits:   true,
	},
}
