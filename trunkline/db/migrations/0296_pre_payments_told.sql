-- Payments told with their value: destinations of payments, and payments to be looked at.

alter table export_destinations drop constraint export_destinations_kind_check;
alter table export_destinations add constraint export_destinations_kind_check
    check (kind in ('ga4', 'ga4_payments', 'google_calls', 'google_forms', 'google_payments', 'metrica_calls',
                    'metrica_conversions', 'metrica_payments', 'vk', 'vk_payments'));
alter table export_destinations drop constraint export_destinations_check;
alter table export_destinations add constraint export_destinations_check
    check (kind not in ('ga4', 'ga4_payments', 'google_calls', 'google_forms', 'google_payments')
           or not active or abroad_at is not null);

create table export_payments (
    payment_id uuid primary key references payments (id) on delete cascade,
    paid_on    date not null
);
create index export_payments_due on export_payments (paid_on, payment_id);
comment on table export_payments is 'Payments that are new or changed, to be looked at once their day has come.';

create function export_note_payments() returns trigger language plpgsql as $$
begin
    if not exists (select from export_destinations where kind like '%\_payments') then
        return null;
    end if;
    -- No advertising system takes what is older (90 days of Google Ads); the history of years is imported at once.
    -- The update locks the row: who is looking at it now must not take away the note of a change he does not see.
    insert into export_payments (payment_id, paid_on)
    select id, paid_on from changed where paid_on >= current_date - 100
    on conflict (payment_id) do update set paid_on = excluded.paid_on;
    return null;
end $$;

create trigger export_insert after insert on payments
    referencing new table as changed for each statement execute function export_note_payments();
create trigger export_update after update on payments
    referencing new table as changed for each statement execute function export_note_payments();
