"""From YAML to the policy's values, noting every problem on the way."""
