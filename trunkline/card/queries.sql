-- name: card
-- All a card shows, in one answer: of call $1 within the reach ($3 person, $4 departments, $5 lines, $6 extension), or
-- of number $2 without a call. $7 money may be seen, $8 recordings heard, $9 spam seen; $10 calls since this id;
-- $11 the contact chosen where there is no call to keep it. While a dial of ours rings the agent alone, no leg of the
-- client is there to tell of him: who he is says the dial.
with dial as materialized (select number, callback_id from dials where call_id = $1),
the_call as materialized (
    select id, case when exists (select from dial) then 'out' else direction end as direction, caller, caller_name,
        coalesce(nullif(client, ''), (select number from dial), '') as client, dialled, line_id, started_at, answered_at,
        ended_at, outcome, missed_why, answered_by, agents, rang, queues, talk_ms
    from calls
    where id = $1
        and ($3::uuid = any(people) or exists (select from agent_calls where call_id = $1 and extension = $6::text)
             or (started_at > now() - interval '1 day' and ($6 = any(rang) or $6 = any(agents)))
             or (($4::uuid[] is null or departments && $4) and ($5::uuid[] is null or line_id = any($5))))
),
subject as materialized (
    select client as number, started_at from the_call
    union all select $2::text, null where $1::uuid is null
),
whose as materialized (
    select c.id, c.name, case when c.class = 'unknown' then coalesce(co.class, 'unknown') else c.class end as class,
        co.id as company_id, co.name as company, co.tax_id, co.class as company_class, co.city as company_city,
        coalesce(c.responsible_id, co.responsible_id) as responsible_id, c.deputy_id, c.email, c.vip, c.note,
        coalesce(nullif(c.city, ''), co.city, '') as city, c.overdue, coalesce(co.overdue, 0) as company_overdue
    from contact_phones p
    join contacts c on c.id = p.contact_id and c.deleted_at is null
    left join companies co on co.id = c.company_id and co.deleted_at is null
    where p.number = (select number from subject)
    order by c.vip desc, c.name, c.id
    limit 10
),
picked as materialized (
    select contact_id, person from call_contacts where call_id = $1
    union all select $11::uuid, '' where $1 is null and $11 is not null
),
owner as materialized (
    select
        case when count(*) = 1 then (array_agg(w.id))[1]
             else (array_agg(w.id) filter (where w.id = (select contact_id from picked)))[1] end as contact_id,
        case when count(distinct w.company_id) = 1 and count(*) = count(w.company_id) then (array_agg(w.company_id))[1]
             else (array_agg(w.company_id) filter (where w.id = (select contact_id from picked)))[1] end as company_id
    from whose w
),
deal as materialized (
    select * from (
        (select id, title, stage, amount, responsible_id, opened_at, document_url from deals
         where closed_at is null and contact_id = (select contact_id from owner)
         order by opened_at desc limit 6)
        union all
        (select id, title, stage, amount, responsible_id, opened_at, document_url from deals
         where closed_at is null and company_id = (select company_id from owner)
             and contact_id is distinct from (select contact_id from owner)
         order by opened_at desc limit 6)
    ) as open
    order by opened_at desc limit 6
)
select jsonb_build_object(
'call', (select to_jsonb(c) - 'line_id' from the_call c),
'number', (select number from subject),
'line', (
    select jsonb_build_object('number', l.number, 'name', l.name, 'city', l.city, 'brand', l.brand, 'site', l.site,
        'purpose', l.purpose, 'label', l.label)
    from lines l where l.id = (select line_id from the_call)),
'contacts', (
    select jsonb_agg(jsonb_build_object('id', w.id, 'name', w.name, 'class', w.class, 'company', w.company,
        'company_id', w.company_id, 'email', w.email, 'vip', w.vip, 'note', w.note, 'city', w.city,
        'overdue', case when $7 then w.overdue + w.company_overdue end,
        'responsible', (select jsonb_build_object('id', p.id, 'name', p.name, 'extension', p.extension)
                        from people p where p.id = w.responsible_id),
        'deputy', (select jsonb_build_object('id', p.id, 'name', p.name, 'extension', p.extension)
                   from people p where p.id = w.deputy_id)))
    from whose w),
'contact_id', (select contact_id from owner),
'picked_by', (select person from picked where contact_id = (select contact_id from owner)),
'company', (
    select jsonb_build_object('id', w.company_id, 'name', w.company, 'tax_id', w.tax_id, 'class', w.company_class,
        'city', w.company_city, 'overdue', case when $7 then w.company_overdue end)
    from whose w where w.company_id = (select company_id from owner) limit 1),
'gone', (
    select jsonb_agg(gone.name) from (
        select c.name from contact_phones p join contacts c on c.id = p.contact_id
        where p.number = (select number from subject) and c.deleted_at >= (select started_at from subject) limit 3
    ) as gone),
'colleagues', (
    select jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'extension', p.extension,
        'department', coalesce(d.name, '')) order by p.extension = c.dialled)
    from the_call c join people p on p.extension in (c.caller, c.dialled)
    left join departments d on d.id = p.department_id
    where c.direction = 'internal'),
'passed', (
    select jsonb_agg(jsonb_build_object('at', o.at, 'by', o.by_name, 'to', coalesce(nullif(o.target_name, ''), o.target),
        'words', o.words) order by o.at desc)
    from call_orders o where o.call_id = $1 and o.kind in ('move', 'pass') and o.state in ('sent', 'done', 'unknown')),
'came', (
    select jsonb_build_object('told_by', a.told_by, 'site', a.site, 'channel', a.channel, 'source', a.source,
        'campaign', a.campaign, 'landing', a.landing, 'confidence', a.confidence)
    from attributions a where a.call_id = (select id from the_call)),
'wanted', (
    select jsonb_build_object('asked_at', b.asked_at, 'source', b.source, 'attempts', b.attempts, 'note', b.note)
    from dial d join callbacks b on b.id = d.callback_id),
'in_it', exists (select from agent_calls where call_id = $1 and extension = $6),
'routed', (
    select jsonb_build_object('at', at, 'action', action, 'target', target, 'targets', targets,
        'ring_seconds', ring_seconds, 'wait_seconds', wait_seconds, 'priority', priority, 'sound', sound,
        'next', next, 'rule', rule, 'degraded', degraded, 'trace', trace)
    from decisions where call_id = $1
    order by rule = 'talk_over', at desc, turn desc limit 1),
'calls', (
    select jsonb_agg(jsonb_build_object('id', c.id, 'direction', c.direction, 'started_at', c.started_at,
        'outcome', c.outcome, 'missed_why', c.missed_why, 'answered_by', c.answered_by, 'talk_ms', c.talk_ms,
        'agent', coalesce((select name from people p where p.extension = c.answered_by), ''),
        'recorded', $8 and coalesce(jsonb_array_length(c.story -> 'recordings'), 0) > 0))
    from (
        select * from (
            select id, direction, started_at, outcome, missed_why, answered_by, talk_ms, story, people, departments,
                line_id, rang, agents
            from calls
            where client = (select number from subject) and client <> ''
                and id >= $10 and id < coalesce($1, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            order by id desc limit 100
        ) as newest
        where $3 = any(people) or (started_at > now() - interval '1 day' and ($6 = any(rang) or $6 = any(agents)))
            or (($4 is null or departments && $4) and ($5 is null or line_id = any($5)))
        limit 6
    ) as c),
'leads', (
    select jsonb_agg(jsonb_build_object('id', l.id, 'title', l.title, 'stage', l.stage, 'direction', l.direction,
        'opened_at', l.opened_at, 'next_call_at', l.next_call_at,
        'responsible', coalesce((select name from people p where p.id = l.responsible_id), '')) order by l.opened_at desc)
    from (
        select * from (
            (select id, title, stage, direction, opened_at, next_call_at, responsible_id from leads
             where closed_at is null and contact_id = (select contact_id from owner)
             order by opened_at desc limit 6)
            union
            (select id, title, stage, direction, opened_at, next_call_at, responsible_id from leads
             where closed_at is null and company_id = (select company_id from owner)
             order by opened_at desc limit 6)
            union
            (select id, title, stage, direction, opened_at, next_call_at, responsible_id from leads
             where closed_at is null and phone = (select number from subject)
             order by opened_at desc limit 6)
        ) as open
        order by opened_at desc limit 6
    ) as l),
'deals', (
    select jsonb_agg(jsonb_build_object('id', d.id, 'title', d.title, 'stage', d.stage,
        'amount', case when $7 then d.amount end, 'opened_at', d.opened_at, 'document_url', d.document_url,
        'responsible', coalesce((select name from people p where p.id = d.responsible_id), '')) order by d.opened_at desc)
    from deal d),
'tasks', (
    select jsonb_agg(jsonb_build_object('id', t.id, 'title', t.title, 'due_at', t.due_at,
        'responsible', coalesce((select name from people p where p.id = t.responsible_id), ''))
        order by t.due_at nulls last, t.id)
    from (
        select * from (
            (select id, title, due_at, responsible_id from tasks
             where done_at is null and contact_id = (select contact_id from owner)
             order by due_at nulls last limit 6)
            union
            (select id, title, due_at, responsible_id from tasks
             where done_at is null and deal_id = any (array(select id from deal))
             order by due_at nulls last limit 6)
        ) as open
        order by due_at nulls last limit 6
    ) as t),
'orders', (
    select jsonb_agg(to_jsonb(o) order by o.ordered_on desc, o.number desc)
    from (
        select * from (
            (select id, number, amount, paid, paid_percent, shipped_percent, deferred_until, ordered_on, document_url
             from orders
             where $7 and cancelled_at is null and contact_id = (select contact_id from owner)
             order by ordered_on desc limit 6)
            union all
            (select id, number, amount, paid, paid_percent, shipped_percent, deferred_until, ordered_on, document_url
             from orders
             where $7 and cancelled_at is null and company_id = (select company_id from owner)
                 and contact_id is distinct from (select contact_id from owner)
             order by ordered_on desc limit 6)
        ) as theirs
        order by ordered_on desc limit 6
    ) as o),
'invoices', (
    select jsonb_agg(to_jsonb(i) order by i.issued_on desc, i.number desc)
    from (
        select * from (
            (select id, number, amount, issued_on, due_on, paid_on, document_url from invoices
             where $7 and contact_id = (select contact_id from owner)
             order by issued_on desc limit 6)
            union all
            (select id, number, amount, issued_on, due_on, paid_on, document_url from invoices
             where $7 and company_id = (select company_id from owner)
                 and contact_id is distinct from (select contact_id from owner)
             order by issued_on desc limit 6)
        ) as theirs
        order by issued_on desc limit 6
    ) as i),
'debts', (
    select jsonb_build_object('amount', sum(amount), 'overdue', sum(overdue),
        'overdue_days', max(overdue_days) filter (where overdue > 0))
    from (
        select amount, overdue, overdue_days from debts where $7 and contact_id = (select contact_id from owner)
        union all
        select amount, overdue, overdue_days from debts where $7 and company_id = (select company_id from owner)
    ) as owed
    having count(*) > 0),
'paid', (
    select jsonb_build_object('amount', sum(amount), 'payments', count(*), 'last_on', max(paid_on))
    from (
        select amount, paid_on from payments
        where $7 and cancelled_at is null and contact_id = (select contact_id from owner)
        union all
        select amount, paid_on from payments
        where $7 and cancelled_at is null and company_id = (select company_id from owner)
            and contact_id is distinct from (select contact_id from owner)
    ) as made
    having count(*) > 0),
'spam', case when $9 then (
    select jsonb_build_object(
        'allowed', (select case when a.until is null then 'hand' else 'passed' end from spam_allow a
                    where a.number = s.number and (a.until is null or a.until > now())),
        'personal', (select treatment from spam_personal p where p.prefix = s.number and p.whole),
        'votes', (select round(weight)::integer from spam_weighed w where w.number = s.number and w.weight >= 0.5))
    from subject s where s.number <> '') end,
'notes', (
    select jsonb_agg(to_jsonb(n) order by n.id desc)
    from (
        select * from (
            (select id, text, person, at, call_id from contact_notes
             where contact_id = (select contact_id from owner) order by id desc limit 6)
            union all
            (select id, text, person, at, call_id from contact_notes
             where number = (select number from subject) order by id desc limit 6)
        ) as written
        order by id desc limit 6
    ) as n),
'hints', (
    select jsonb_agg(jsonb_build_object('kind', h.kind, 'key', h.key, 'text', h.text))
    from card_hints h
    where h.kind = 'class'
        or (h.kind = 'line' and h.key = (select l.number from lines l where l.id = (select line_id from the_call)))
        or (h.kind = 'topic' and h.key = (select topic from call_wrap_ups where call_id = $1 and person_id = $3))),
'fields', (select jsonb_object_agg(class, blocks) from card_fields)
)::text as found
from subject;
