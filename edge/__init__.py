"""What the gate box knows, decides and promises: no wire format, no pixels' mathematics."""
