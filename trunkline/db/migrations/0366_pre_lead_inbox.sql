-- The inbox of leads: the nearest clock first, and why a lead was closed.

alter table lead_clocks
    add column closed_at    timestamptz,
    add column closed_by    uuid references people (id) on delete set null,
    add column close_reason text not null default ''
        check (close_reason in ('', 'won', 'talked', 'not_needed', 'wrong_number', 'spam', 'other')),
    add column close_note   text not null default '' check (length(close_note) <= 500);
create index lead_clocks_open on lead_clocks (lead_id) where closed_at is null;
create index lead_clocks_closed on lead_clocks (closed_at desc, lead_id desc) where closed_at is not null;
comment on column lead_clocks.closed_at is 'That of the lead, whoever closes it: open ones are found without reading the closed.';

create function lead_clocks_note_closing() returns trigger language plpgsql as $$
begin
    update lead_clocks set closed_at = new.closed_at where lead_id = new.id;
    return null;
end $$;
create trigger lead_clocks_note_closing after update of closed_at on leads
    for each row when (new.closed_at is distinct from old.closed_at) execute function lead_clocks_note_closing();

create view lead_inbox as
select
    lead.id, lead.phone, lead.direction, lead.title, lead.stage, lead.source, lead.contact_id, lead.responsible_id,
    lead.opened_at, clock.closed_at, lead.next_call_at, lead.version,
    clock.line_id, clock.departments, clock.take_by, clock.taken_at, clock.taken_by as taken_by_id, clock.call_by,
    clock.called_at, clock.close_reason, clock.close_note,
    coalesce(line.name, '') as line_name,
    contact.name as contact,
    company.name as company,
    responsible.name as responsible,
    taker.name as taken_by,
    closer.name as closed_by,
    case when clock.taken_at is null then 'take' when clock.called_at is null then 'call' else 'next' end as due,
    coalesce(
        case when clock.taken_at is null then clock.take_by when clock.called_at is null then clock.call_by
             else lead.next_call_at end,
        timestamptz '2199-01-01 00:00:00+00'
    ) as due_at
from leads as lead
join lead_clocks as clock on clock.lead_id = lead.id
left join lines as line on line.id = clock.line_id
left join contacts as contact on contact.id = lead.contact_id and contact.deleted_at is null
left join companies as company on company.id = lead.company_id and company.deleted_at is null
left join people as responsible on responsible.id = lead.responsible_id
left join people as taker on taker.id = clock.taken_by
left join people as closer on closer.id = clock.closed_by;
comment on view lead_inbox is 'Leads that were opened here as people read them; due_at is the end of the clock that runs, of 2199 where none does.';
