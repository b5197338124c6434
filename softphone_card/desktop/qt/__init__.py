"""What of the helper is seen. Only here Qt is imported, whose libraries a machine without a screen may lack."""
