-- name: proposals
-- Open leads within the reach $1 (person), $2 (departments), $3 (lines) that may be one person's, the newest pair first, $4 at
-- most: of one direction, and of one address or one contact. One telephone in two directions is two wishes, and no reason.
with near as (
    select lead.id, lead.email, lead.contact_id, lead.direction, lead.opened_at
    from leads as lead join lead_clocks as clock on clock.lead_id = lead.id
    where clock.closed_at is null and (lead.email is not null or lead.contact_id is not null)
        and lead_in_reach($1, $2, $3, lead.responsible_id, clock.taken_by, clock.departments, clock.line_id)
), pairs as (
    select one.id as one, other.id as other, 'email' as reason
    from near as one join near as other on other.email = one.email and other.direction = one.direction and one.id < other.id
    union
    select one.id, other.id, 'contact'
    from near as one
    join near as other on other.contact_id = one.contact_id and other.direction = one.direction and one.id < other.id
)
select one, other, array_agg(reason order by reason) as reasons
from pairs
where not exists (select from lead_pairs as decided where decided.one = pairs.one and decided.other = pairs.other)
group by one, other
order by other desc, one
limit $4;

-- name: decide
insert into lead_pairs (one, other, merged, decided_by, decided_at) values ($1, $2, $3, $4, $5)
on conflict (one, other) do update
    set merged = excluded.merged, decided_by = excluded.decided_by, decided_at = excluded.decided_at;

-- name: note_merged
-- $2 is $1 from now on; so is what became part of $2 before.
update lead_clocks set merged_into = $1 where lead_id = $2 or merged_into = $2;

-- name: move_touches
update touches set lead_id = $1 where lead_id = $2;

-- name: move_deals
update deals set lead_id = $1 where lead_id = $2;

-- name: move_letters
update mailbox_letters set lead_id = $1 where lead_id = $2;

-- name: move_chats
update chat_clients set lead_id = $1 where lead_id = $2;

-- name: move_forms
update site_forms set lead_id = $1 where lead_id = $2;

-- name: move_numbers
-- Every telephone of $2 is one of $1 too.
insert into lead_numbers (phone, lead_id)
select phone, $1 from leads where id = $2 and phone is not null and phone is distinct from (select phone from leads where id = $1)
union
select phone, $1 from lead_numbers where lead_id = $2
on conflict do nothing;

-- name: take_over
-- What $1 lacks and $2 has: who took it and called first, who is responsible, telephone, address, contact, the next call.
with clock as (
    update lead_clocks as one set
        phone = coalesce(one.phone, other.phone),
        taken_by = case when one.taken_at is null then other.taken_by else one.taken_by end,
        taken_at = coalesce(one.taken_at, other.taken_at),
        called_at = least(one.called_at, other.called_at),
        departments = case when one.departments = '{}' then other.departments else one.departments end
    from lead_clocks as other where one.lead_id = $1 and other.lead_id = $2
)
update leads as one set
    phone = coalesce(one.phone, other.phone), email = coalesce(one.email, other.email),
    contact_id = coalesce(one.contact_id, other.contact_id), company_id = coalesce(one.company_id, other.company_id),
    responsible_id = coalesce(one.responsible_id, other.responsible_id),
    next_call_at = coalesce(one.next_call_at, other.next_call_at), version = one.version + 1, updated_at = now()
from leads as other where one.id = $1 and other.id = $2;
