"""CRMs: every call is told to each that is connected, once; what a CRM refuses waits for a person."""
