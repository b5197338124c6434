"""The channel that wakes the nodes that act, after the commit of an order; they poll each second as well."""

ORDERS_WAKE = "trunkline:wake:orders"
