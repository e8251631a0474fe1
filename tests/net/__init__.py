"""The network: conformance, and hostile clients beside a bystander."""
