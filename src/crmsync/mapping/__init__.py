"""From records to payloads: rules that a person wrote, compiled and applied."""
