-- Where a deal's, an order's or an invoice's document is read: a web address, checked when it is taken.
alter table deals add column document_url text check (document_url ~* '^https?://');
alter table orders add column document_url text check (document_url ~* '^https?://');
alter table invoices add column document_url text check (document_url ~* '^https?://');
