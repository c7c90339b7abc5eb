"""Serial RFID readers that mark patrol points."""
