"""The cost of one kernel on one array; modules are imported by name, as compiling is paid by those who cost."""
