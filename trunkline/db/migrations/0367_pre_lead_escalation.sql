-- Leads nobody takes are given to somebody, and heads are told of those that are late.

alter table lead_clocks
    add column assigned_at  timestamptz,
    add column late_told_at timestamptz;
create index lead_clocks_assigned on lead_clocks (taken_by, assigned_at) where assigned_at is not null;
comment on column lead_clocks.assigned_at is 'When it was given to taken_by, because nobody had taken it in time; null: he took it himself.';
comment on column lead_clocks.late_told_at is 'When the heads were told that it is late; they are told once.';

create or replace view lead_inbox as
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
    ) as due_at,
    clock.assigned_at
from leads as lead
join lead_clocks as clock on clock.lead_id = lead.id
left join lines as line on line.id = clock.line_id
left join contacts as contact on contact.id = lead.contact_id and contact.deleted_at is null
left join companies as company on company.id = lead.company_id and company.deleted_at is null
left join people as responsible on responsible.id = lead.responsible_id
left join people as taker on taker.id = clock.taken_by
left join people as closer on closer.id = clock.closed_by;
