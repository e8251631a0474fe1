"""Coverage-guided fuzzing (atheris) of everything that reads what strangers or disks send."""
