-- name: stages_in_use
-- The stages of open leads, a look into the index each.
with recursive used as (
    (select stage from lead_clocks where closed_at is null order by stage limit 1)
    union all
    select (select next.stage from lead_clocks as next
            where next.closed_at is null and next.stage > used.stage order by next.stage limit 1)
    from used where used.stage is not null
)
select stage from used where stage is not null limit 100;

-- name: board_cards
-- The $5 nearest of each stage of $4 within the reach $1 (person), $2 (departments), $3 (lines). A stage is a range of its index: told that
-- it is equal, the planner walks all open leads by their clock.
select * from lead_inbox
where id = any (array(
    select card.lead_id
    from unnest($4::text[]) as wanted (stage)
    cross join lateral (
        select clock.lead_id
        from lead_clocks as clock join leads as lead on lead.id = clock.lead_id
        where clock.closed_at is null
            and (clock.stage, clock.due_at) >= (wanted.stage, '-infinity') and (clock.stage, clock.due_at) < (wanted.stage, 'infinity')
            and lead_in_reach($1, $2, $3, lead.responsible_id, clock.taken_by, clock.departments, clock.line_id)
        order by clock.stage, clock.due_at, clock.lead_id
        limit $5
    ) as card
))
order by due_at, id;

-- name: board_counts
-- How many each stage of $4 has within the same reach, counted no further than $5.
select wanted.stage, counted.leads
from unnest($4::text[]) as wanted (stage)
cross join lateral (
    select count(*)::integer as leads from (
        select from lead_clocks as clock join leads as lead on lead.id = clock.lead_id
        where clock.closed_at is null
            and (clock.stage, clock.due_at) >= (wanted.stage, '-infinity') and (clock.stage, clock.due_at) < (wanted.stage, 'infinity')
            and lead_in_reach($1, $2, $3, lead.responsible_id, clock.taken_by, clock.departments, clock.line_id)
        order by clock.stage, clock.due_at
        limit $5
    ) as each_one
) as counted;

-- name: calendar_leads
-- Open leads whose clock ends from $4 to before $5, within the same reach; $6: those that are mine alone; $7 at most.
select * from lead_inbox
where id = any (array(
    select clock.lead_id from lead_clocks as clock join leads as lead on lead.id = clock.lead_id
    where clock.closed_at is null and clock.due_at >= $4 and clock.due_at < $5
        and lead_in_reach($1, $2, $3, lead.responsible_id, clock.taken_by, clock.departments, clock.line_id)
        and (not $6::boolean or lead.responsible_id = $1 or (clock.taken_by = $1 and clock.called_at is null))
    order by clock.due_at, clock.lead_id
    limit $7
))
order by due_at, id;
