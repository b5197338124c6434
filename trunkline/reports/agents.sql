-- name: agent_days
-- What each agent did on each day of $1 up to $2 (ids from $3 to $4) of the zone $5, told by the legs of calls that are over.
-- A caller who gave up sooner than the rule says was missed by nobody; $6: who answered within so many seconds did so in time.
-- $7: only this person; $8, $9: people of these departments, calls of these lines; what is $10's own is always told.
with told as (
    select
        coalesce(person.id::text, leg.party) as agent, calls.id, direction,
        (calls.started_at at time zone $5)::date as day,
        sum(leg.talk_seconds) as talk,
        bool_or(leg.role = 'caller') as placed,
        coalesce(bool_or(leg.rang and not leg.elsewhere), false) and not (
            outcome = 'missed' and wait_ms < (select 1000 * short_seconds from missed_rules)
            and missed_why in ('abandoned', 'abandoned_in_queue', 'left_unrouted')
        ) as let_ring,
        min(extract(epoch from leg.answered_at - coalesce(leg.ringing_at, leg.started_at)))
            filter (where leg.talk_seconds > 0) as took
    from calls
    cross join lateral jsonb_to_recordset(story -> 'legs') as leg (
        party text, role text, rang boolean, elsewhere boolean, talk_seconds numeric, started_at timestamptz,
        ringing_at timestamptz, answered_at timestamptz
    )
    left join people as person on person.extension = leg.party or (leg.role = 'outside' and person.mobile = leg.party)
    where calls.id >= $3 and calls.id < $4 and calls.started_at >= $1 and calls.started_at < $2 and ended_at is not null
        and direction in ('in', 'out') and outcome in ('answered', 'missed')
        and case leg.role
            when 'caller' then direction = 'out'
            when 'desk' then leg.party ~ '^[0-9]{2,8}$'
            when 'outside' then direction = 'in' and person.id is not null
            else false
        end
        and (person.id = $10
             or ($8::uuid[] is null or person.department_id = any ($8)) and ($9::uuid[] is null or line_id = any ($9)))
        and ($7::uuid is null or person.id = $7)
    group by 1, 2, 3, 4, outcome, wait_ms, missed_why
)
select
    agent, coalesce(people.name, '') as name, coalesce(people.extension, people.mobile, agent) as extension, day,
    (count(*) filter (where direction = 'in' and talk > 0))::integer as answered,
    (count(*) filter (where direction = 'in' and talk > 0 and took <= $6))::integer as in_time,
    (count(*) filter (where direction = 'in' and talk = 0 and let_ring))::integer as missed,
    (count(*) filter (where direction = 'out' and placed))::integer as placed,
    (count(*) filter (where direction = 'out' and placed and talk > 0))::integer as reached,
    (count(*) filter (where talk > 0))::integer as talks,
    coalesce(sum(talk), 0)::float8 as talk_seconds
from told left join people on people.id::text = agent
group by agent, people.name, people.extension, people.mobile, day
order by name, extension, day;
