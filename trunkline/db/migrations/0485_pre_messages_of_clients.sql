-- A client who is told is looked for by number and address too; overdue debts are walked again and again.

create index messages_of_phone on messages (phone, sent_at) where client and state = 'sent' and phone <> '';
create index messages_of_address on messages (lower(address), sent_at) where client and state = 'sent' and address <> '';
create index debts_overdue on debts (id) where overdue > 0;
