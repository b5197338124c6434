-- name: claim_look
-- The look of this hour is ours, if nobody has had it by $1.
update orphan_looks set looked_at = $1 where looked_at < $1::timestamptz - interval '55 minutes' returning looked_at;

-- name: look
-- What nobody minds at $1: open for an hour and of no owner who works here, or nothing happened for $2 days and nothing is planned. An untaken
-- lead has clocks that mind it. Counts what came and what went.
with found as materialized (
    select 'lead' as kind, lead.id as subject, look.reason, coalesce(clock.departments, '{}') as departments, clock.line_id
    from leads as lead
    left join lead_clocks as clock on clock.lead_id = lead.id
    left join people as owner on owner.id = lead.responsible_id and owner.active
    cross join lateral (values
        ('no_owner', owner.id is null),
        ('no_next_step',
            lead.opened_at < $1::timestamptz - make_interval(days => $2)
            and (clock.lead_id is null or clock.called_at is not null) and lead.next_call_at is null
            and not exists (select from tasks where tasks.contact_id = lead.contact_id and done_at is null)
            and not exists (
                select from touches
                where touches.lead_id = lead.id and touches.at >= $1::timestamptz - make_interval(days => $2)
            ))
    ) as look (reason, holds)
    where lead.closed_at is null and lead.opened_at < $1::timestamptz - interval '1 hour'
        and (clock.lead_id is null or clock.taken_at is not null) and look.holds
    union all
    select 'deal', deal.id, look.reason,
           case when deal.department_id is null then '{}' else array[deal.department_id] end, null
    from deals as deal
    left join contacts as contact on contact.id = deal.contact_id and contact.deleted_at is null
    left join companies as company on company.id = deal.company_id and company.deleted_at is null
    cross join lateral (values
        ('no_owner', not exists (
            select from people as owner
            where owner.active and owner.id in (deal.responsible_id, contact.responsible_id, company.responsible_id)
        )),
        ('no_next_step',
            deal.opened_at < $1::timestamptz - make_interval(days => $2)
            and not exists (select from tasks where tasks.deal_id = deal.id and done_at is null)
            and not exists (select from tasks where tasks.contact_id = deal.contact_id and done_at is null)
            and not exists (
                select from leads
                where leads.contact_id = deal.contact_id and leads.closed_at is null and leads.next_call_at is not null
            )
            and not exists (
                select from touches
                where touches.contact_id = deal.contact_id and touches.at >= $1::timestamptz - make_interval(days => $2)
            ))
    ) as look (reason, holds)
    where deal.closed_at is null and deal.opened_at < $1::timestamptz - interval '1 hour' and look.holds
), gone as (
    delete from orphans as old
    where not exists (
        select from found where (found.kind, found.subject, found.reason) = (old.kind, old.subject, old.reason)
    )
    returning 1
), moved as (
    update orphans as old set departments = found.departments, line_id = found.line_id
    from found
    where (found.kind, found.subject, found.reason) = (old.kind, old.subject, old.reason)
        and (found.departments, found.line_id) is distinct from (old.departments, old.line_id)
), added as (
    insert into orphans (kind, subject, reason, departments, line_id, found_at)
    select kind, subject, reason, departments, line_id, $1 from found
    on conflict (kind, subject, reason) do nothing
    returning 1
)
select (select count(*) from added)::integer as added, (select count(*) from gone)::integer as gone;

-- name: heads_to_tell
-- Whom ($2: roles, where a department has no head) it is to be told how many that nobody was told of; nobody, where heads were told within
-- a day of $1.
with fresh as (
    select departments, line_id, count(distinct subject) as orphans from orphans where told_at is null group by departments, line_id
)
select head as person_id, sum(orphans)::integer as orphans
from fresh cross join lateral heads_of_lead(fresh.departments, fresh.line_id, $2) as head
where not exists (select from orphan_looks where told_at > $1::timestamptz - interval '20 hours')
group by head order by head;

-- name: note_told
-- The day of the notice is kept beside its rows: they leave with what is minded again.
with looks as (update orphan_looks set told_at = $1)
update orphans set told_at = $1 where told_at is null;

-- name: list_orphans
-- Those within the reach $1 (departments), $2 (lines), as they are now, the oldest first, from behind ($3, $4, $5) on; of reason $6, where
-- one is named. Whose it was at the last look is told to nobody: it may have been passed on since.
select orphan.kind, orphan.subject, orphan.reason, orphan.found_at,
       coalesce(lead.phone, '') as phone, contact.name as contact, company.name as company,
       coalesce(lead.title, deal.title, '') as title, coalesce(lead.stage, deal.stage) as stage, deal.amount,
       coalesce(lead.opened_at, deal.opened_at) as opened_at, owner.name as owner,
       coalesce(owner.active, false) as owner_works, coalesce(lead.contact_id, deal.contact_id) as contact_id,
       clock.lead_id is not null as here
from orphans as orphan
left join leads as lead on orphan.kind = 'lead' and lead.id = orphan.subject
left join lead_clocks as clock on clock.lead_id = lead.id
left join deals as deal on orphan.kind = 'deal' and deal.id = orphan.subject
left join contacts as contact on contact.id = coalesce(lead.contact_id, deal.contact_id) and contact.deleted_at is null
left join companies as company on company.id = coalesce(lead.company_id, deal.company_id) and company.deleted_at is null
left join people as owner on owner.id = coalesce(lead.responsible_id, deal.responsible_id, contact.responsible_id)
where (lead.id is not null and lead.closed_at is null or deal.id is not null and deal.closed_at is null)
    and lead_in_reach(null, $1, $2, null, null, case
        when orphan.kind = 'lead' then clock.departments when deal.department_id is not null then array[deal.department_id]
    end, clock.line_id)
    and (orphan.found_at, orphan.subject, orphan.reason)
        > (coalesce($3::timestamptz, '-infinity'), coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'), coalesce($5::text, ''))
    and ($6::text is null or orphan.reason = $6)
order by orphan.found_at, orphan.subject, orphan.reason
limit $7;

-- name: hold_orphan
-- What is known of one within the reach $3 (departments), $4 (lines), held; nobody else assigns it meanwhile.
select kind, subject, array_agg(reason) as reasons from (
    select orphan.kind, orphan.subject, orphan.reason
    from orphans as orphan
    left join lead_clocks as clock on orphan.kind = 'lead' and clock.lead_id = orphan.subject
    left join deals as deal on orphan.kind = 'deal' and deal.id = orphan.subject
    where orphan.kind = $1 and orphan.subject = $2 and lead_in_reach(null, $3, $4, null, null, case
        when orphan.kind = 'lead' then clock.departments when deal.department_id is not null then array[deal.department_id]
    end, clock.line_id)
    for update of orphan
) as held
group by kind, subject;

-- name: give_lead
-- A CRM's lead: its owner, and its next call at $3, where they are named.
update leads set responsible_id = coalesce($2, responsible_id), next_call_at = coalesce($3, next_call_at),
    version = version + 1, updated_at = now()
where id = $1 and closed_at is null;

-- name: give_deal
-- The deal is $2's, and so is its contact where nobody who works here has him.
with deal as (
    update deals set responsible_id = $2, version = version + 1, updated_at = now() where id = $1 and closed_at is null
    returning contact_id
)
update contacts set responsible_id = $2, version = version + 1, updated_at = now()
where id = (select contact_id from deal)
    and not exists (select from people where people.id = contacts.responsible_id and people.active);

-- name: plan_task
-- The next step of deal $2 at $3: a task of whom the deal is.
insert into tasks (id, source, external_id, contact_id, deal_id, responsible_id, title, due_at)
select $1::uuid, 'trunkline', $1::uuid::text, deal.contact_id, deal.id, deal.responsible_id, $4, $3
from deals as deal where deal.id = $2;

-- name: settle
delete from orphans where kind = $1 and subject = $2 and reason = any ($3::text[]);
