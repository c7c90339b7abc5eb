"""The site file: one YAML file is one gate box."""
