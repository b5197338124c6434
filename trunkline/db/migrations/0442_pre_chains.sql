-- From a lead to its deal, and from a deal to its payments, without reading them all.

create index orders_deal on orders (deal_id) where deal_id is not null;
create index invoices_order on invoices (order_id) where order_id is not null;
create index payments_invoice on payments (invoice_id) where invoice_id is not null;
