// Stands in for the module of this name, of which the version that the Elasticsearch exporter needs was not served where
// the comparison was built. That exporter uses it for profiles, which are not compared, and for a lock.
module go.opentelemetry.io/ebpf-profiler

go 1.25.0
