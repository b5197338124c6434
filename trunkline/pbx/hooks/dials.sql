-- name: dialling_accounts
-- Hosted PBXs of the kinds $1 that begin calls for us, or have dials of ours that are not over.
select id, kind, settings, secrets, active and settings->'dials' = 'true' as dials from pbxs
where kind = any ($1::text[])
    and ((active and settings->'dials' = 'true') or exists (select from dials where pbx = pbxs.id and state <> 'ended'))
order by id;

-- name: call_told
-- The id the provider gave the call of a dial.
update dials set told_call = $2 where id = $1;

-- name: dial_heard
-- The provider of PBX $1 says which call our dial $2 is; what it answered itself stands.
update dials set told_call = $3 where id = $2 and pbx = $1 and told_call = '' and state not in ('accepted', 'ended');

-- name: dial_refused
-- The provider of PBX $1 says that it will not begin our dial $2: only of one whose call nobody has heard of.
update dials set state = 'ended', outcome = 'refused', why = $3, ended_at = now()
where id = $2 and pbx = $1 and state = 'sent' and not exists (select from calls where calls.id = dials.call_id)
returning id;

-- name: finding_lock
-- One node finds calls at a time, for a transaction: of two dials alike both would take the first call. The others wait
-- for it: who passed by would take a dial for one that nothing is heard of, and end it.
select pg_advisory_xact_lock(7245171);

-- name: unfound
-- Dials of a PBX that were sent and whose calls are not known, the oldest first.
select id, sent_at from dials
where pbx = $1 and state not in ('accepted', 'ended') and not exists (select from calls where calls.id = dials.call_id)
order by sent_at, id;

-- name: find_call
-- The call of dial $1: that of the id the provider gave it, else the first that its agent made to its number from $3 to
-- $4, that was not over before it was sent, and that is no other dial's. A call began no earlier than $2, an id of then; what is known of its beginning is the
-- PBX's word.
update dials set call_id = found.id
from (
    select c.id from calls c join dials d on d.id = $1
    where c.pbx = d.pbx and c.id >= $2
        and not exists (select from dials other where other.call_id = c.id)
        and (
            (d.told_call <> '' and c.linkedid = d.told_call)
            or (
                c.direction = 'out' and c.client = d.number and d.agent = any (c.agents)
                and c.started_at between $3 and $4
                and (c.ended_at is null or c.ended_at >= d.sent_at - interval '3 seconds')
                and not exists (
                    select from dials other
                    where other.pbx = d.pbx and other.state <> 'ended' and other.id <> d.id
                        and other.told_call = c.linkedid
                )
            )
        )
    order by (d.told_call <> '' and c.linkedid = d.told_call) desc, c.started_at, c.id
    limit 1
) as found
where dials.id = $1
returning call_id;
