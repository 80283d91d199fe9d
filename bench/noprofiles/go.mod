// Stands in for the module of this name. The version that the Elasticsearch exporter needs could not be fetched where the
// comparison was built. That exporter uses the module for profiles, which are not compared, and for a lock.
module go.opentelemetry.io/ebpf-profiler

go 1.25.0
