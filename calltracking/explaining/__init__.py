"""Which visit or number explains a call: read from the ledger when the call begins and again when it is over."""
