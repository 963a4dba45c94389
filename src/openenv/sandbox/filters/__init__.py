"""System call filters (seccomp): the policy, what assembles it, and the assembled filters beside it (``*.bpf``)."""
