-- From a lead to its deal, and from a deal to its payments, without reading them all.

create index deals_lead on deals (lead_id) where lead_id is not null;
create index orders_deal on orders (deal_id) where deal_id is not null;
create index invoices_order on invoices (order_id) where order_id is not null;
create index payments_order on payments (order_id) where order_id is not null;
create index payments_invoice on payments (invoice_id) where invoice_id is not null;
