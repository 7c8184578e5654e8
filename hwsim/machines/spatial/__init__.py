"""Arrays of PEs whose loops unroll freely or by a fixed dataflow; importing this package registers every dataflow."""
