CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

COMMENT ON EXTENSION btree_gist IS 'support for indexing common datatypes in GiST';

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

CREATE TYPE public.alarm_severity AS ENUM (
    'info',
    'warning',
    'critical'
);

CREATE TYPE public.contact_class AS ENUM (
    'unknown',
    'client',
    'supplier',
    'contractor',
    'partner',
    'staff'
);

CREATE TYPE public.person_role AS ENUM (
    'agent',
    'supervisor',
    'marketer',
    'administrator'
);

CREATE TYPE public.pgqueuer_status AS ENUM (
    'queued',
    'picked',
    'successful',
    'exception',
    'canceled',
    'deleted',
    'failed'
);

CREATE TYPE public.presence_state AS ENUM (
    'online',
    'break',
    'offline'
);

CREATE FUNCTION public.article_list(articles text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    AS $$
    select string_to_array(btrim(regexp_replace(upper(articles), '[[:space:],;]+', ' ', 'g')), ' ')
$$;

CREATE FUNCTION public.contact_state(version bigint, restored_version bigint, restored_as bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (restored_version = version) THEN restored_as ELSE version END;

COMMENT ON FUNCTION public.contact_state(version bigint, restored_version bigint, restored_as bigint) IS 'The oldest version of a contact that says the same as this one; 0 before it was there.';

CREATE FUNCTION public.crm_lead_noted(lead uuid, what text, touch uuid) RETURNS void
    LANGUAGE sql
    AS $$
    insert into crm_lead_news (lead_id, event, touch_id)
    select lead, what, touch
    where exists (
        select from crm_connectors
        where kind = 'generic' and active and told_since is not null and what = any (tells)
    )
$$;

COMMENT ON FUNCTION public.crm_lead_noted(lead uuid, what text, touch uuid) IS 'Nothing is kept where no CRM asks for it.';

CREATE FUNCTION public.crm_note_lead() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if new.taken_at is not null and old.taken_at is null then
        perform crm_lead_noted(new.lead_id, 'lead.taken', null);
    end if;
    if new.closed_at is not null and old.closed_at is null then
        perform crm_lead_noted(new.lead_id, 'lead.closed', null);
    end if;
    return null;
end $$;

CREATE FUNCTION public.crm_note_touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    -- A lead without a clock is a CRM's own: of that it is told nothing.
    if exists (select from lead_clocks where lead_id = new.lead_id) then
        perform crm_lead_noted(new.lead_id, 'lead.touched', new.id);
    end if;
    return null;
end $$;

CREATE FUNCTION public.customer_key(customer text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $_$
    select coalesce(
        substring(customer from '(?:^|[^0-9])([0-9]{12}|[0-9]{10})(?:[^0-9]|$)'),
        btrim(regexp_replace(
            regexp_replace(
                regexp_replace(translate(lower(customer), 'ё', 'е'), '[^[:alnum:]]+', ' ', 'g'),
                '(^| )(ооо|оао|зао|пао|ао|ип|тоо|llc|ltd|inc|gmbh)(?= |$)', ' ', 'g'
            ), ' +', ' ', 'g'))
    )
$_$;

COMMENT ON FUNCTION public.customer_key(customer text) IS 'One end customer, however written: his tax id, else the name without its legal form.';

CREATE FUNCTION public.deal_operator(lead uuid, contact uuid, opened timestamp with time zone) RETURNS uuid
    LANGUAGE sql STABLE
    AS $$
    select taken_by from (
        select clock.taken_by, 0 as rank, opened as at from lead_clocks as clock where clock.lead_id = lead
        union all
        select clock.taken_by, 1, own.opened_at
        from contact_phones as known
        join lead_clocks as clock on clock.phone = known.number
        join leads as own on own.id = clock.lead_id
        where known.contact_id = contact and own.opened_at > opened - interval '180 days'
            and own.opened_at < opened + interval '1 day'
    ) as found
    where taken_by is not null
    order by rank, at desc limit 1
$$;

COMMENT ON FUNCTION public.deal_operator(lead uuid, contact uuid, opened timestamp with time zone) IS 'Who took the lead a deal came of: the one it names, else the latest of its contact''s numbers in the half year before.';

CREATE TABLE public.product_directions (
    id uuid NOT NULL,
    name text NOT NULL,
    prefixes text[] NOT NULL,
    manager_id uuid,
    CONSTRAINT product_directions_name_check CHECK (((length(name) >= 1) AND (length(name) <= 60)))
);

COMMENT ON TABLE public.product_directions IS 'Directions of products with their product managers.';

COMMENT ON COLUMN public.product_directions.prefixes IS 'Beginnings of its articles, in capitals; an empty one: of all that no other has.';

CREATE FUNCTION public.direction_of(article text) RETURNS SETOF public.product_directions
    LANGUAGE sql STABLE
    AS $$
    select direction.* from product_directions as direction cross join lateral unnest(direction.prefixes) as prefix
    where starts_with(article, prefix) order by length(prefix) desc, direction.name limit 1
$$;

COMMENT ON FUNCTION public.direction_of(article text) IS 'The direction of an article: by its longest beginning.';

CREATE FUNCTION public.directory_key(number text) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (((rpad(substr(number, 2), 15, '0'::text))::bigint << 4) | ((length(number) - 1))::bigint);

COMMENT ON FUNCTION public.directory_key(number text) IS 'The sort key of a number: trunkline.directory.values.number_key in SQL.';

CREATE FUNCTION public.directory_note_all() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into directory_changes (kind) values ('all');
    perform pg_notify('directory', '');
    return null;
end $$;

CREATE FUNCTION public.directory_note_companies() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    touched uuid[] := array(
        select n.id from became n join was w on w.id = n.id
        where (n.name, n.class, n.overdue, n.responsible_id, n.city, n.deleted_at is null)
              is distinct from (w.name, w.class, w.overdue, w.responsible_id, w.city, w.deleted_at is null));
begin
    if not directory_note_many((select count(*) from contacts where company_id = any (touched))) then
        insert into directory_changes (kind, key)
        select distinct 'contact', p.number from contacts c join contact_phones p on p.contact_id = c.id
        where c.company_id = any (touched);
    end if;
    return null;
end $$;

CREATE FUNCTION public.directory_note_contacts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    touched uuid[] := array(
        select n.id from became n join was w on w.id = n.id
        where (n.name, n.class, n.vip, n.overdue, n.company_id, n.responsible_id, n.deputy_id, n.city,
               n.deleted_at is null)
              is distinct from
              (w.name, w.class, w.vip, w.overdue, w.company_id, w.responsible_id, w.deputy_id, w.city,
               w.deleted_at is null));
begin
    if not directory_note_many(cardinality(touched)) then
        insert into directory_changes (kind, key)
        select distinct 'contact', number from contact_phones where contact_id = any (touched);
    end if;
    return null;
end $$;

CREATE FUNCTION public.directory_note_head() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into directory_changes (kind) values ('head');
    perform pg_notify('directory', '');
    return null;
end $$;

CREATE FUNCTION public.directory_note_legit() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into directory_changes (kind, key) select distinct 'spam', number from changed;
    perform pg_notify('directory', '');
    return null;
end $$;

CREATE FUNCTION public.directory_note_many(total bigint) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
begin
    if total > 10000 then
        insert into directory_changes (kind) values ('all');
    end if;
    if total > 0 then
        perform pg_notify('directory', '');
    end if;
    return total > 10000;
end $$;

CREATE FUNCTION public.directory_note_phones() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if not directory_note_many((select count(*) from changed)) then
        insert into directory_changes (kind, key) select distinct 'contact', number from changed;
    end if;
    return null;
end $$;

CREATE FUNCTION public.directory_note_spam() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if not directory_note_many((select count(*) from changed)) then
        insert into directory_changes (kind, key) select distinct 'spam', number from changed;
    end if;
    return null;
end $$;

CREATE FUNCTION public.directory_note_talks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into directory_changes (kind, key) select distinct 'talk', number from changed;
    return null;
end $$;

CREATE FUNCTION public.export_note_payments() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.heads_of_lead(of_departments uuid[], of_line uuid, roles text[]) RETURNS SETOF uuid
    LANGUAGE sql STABLE
    AS $$
    with nearest as (
        select distinct on (wanted) head.person_id
        from unnest(of_departments) as wanted
        join department_tree as tree on tree.department_id = wanted
        join department_heads as head on head.department_id = tree.above_id
        join person_identities as who on who.person_id = head.person_id and who.active
        where lead_in_reach(null, who.departments, who.lines, null, null, of_departments, of_line)
        order by wanted, tree.steps
    ), minding as (
        select person_id, role from person_identities as who
        where who.active and who.role = any (roles)
            and lead_in_reach(null, who.departments, who.lines, null, null, of_departments, of_line)
    )
    select distinct person_id from nearest
    union all
    select person_id from minding
    where not exists (select from nearest)
        and (role <> 'administrator' or not exists (select from minding where role <> 'administrator'))
$$;

COMMENT ON FUNCTION public.heads_of_lead(of_departments uuid[], of_line uuid, roles text[]) IS 'Whom it is told when a lead is late: the nearest head above each of its departments who has it in reach; of none, who has it in reach and one of roles, administrators last.';

CREATE FUNCTION public.joined_calls(call uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE ROWS 2 PARALLEL SAFE
    AS $_$
    with recursive joined (id) as (
        select $1
        union
        select near.id from joined cross join lateral (
            select part_of as id from calls where calls.id = joined.id and part_of is not null
            union all
            select calls.id from calls where part_of = joined.id
        ) as near
    )
    select id from joined
$_$;

COMMENT ON FUNCTION public.joined_calls(call uuid) IS 'The call and those it was joined with. An outside party of one of them may be heard in the files of all.';

CREATE FUNCTION public.lead_clocks_begin() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    update lead_clocks as clock
    set closed_at = lead.closed_at, next_call_at = lead.next_call_at, stage = lead.stage
    from leads as lead
    where clock.lead_id = new.lead_id and lead.id = new.lead_id
        and (lead.closed_at, lead.next_call_at, lead.stage)
            is distinct from (clock.closed_at, clock.next_call_at, clock.stage);
    return null;
end $$;

COMMENT ON FUNCTION public.lead_clocks_begin() IS 'A clock of a lead that is planned, staged or closed already begins as it stands.';

CREATE FUNCTION public.lead_clocks_note_closing() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    update lead_clocks set closed_at = new.closed_at, next_call_at = new.next_call_at, stage = new.stage
    where lead_id = new.id;
    return null;
end $$;

CREATE FUNCTION public.lead_in_reach(person uuid, in_departments uuid[], in_lines uuid[], responsible uuid, taken_by uuid, of_departments uuid[], of_line uuid) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
    select person in (responsible, taken_by)
        or ((in_departments is null or of_departments is null or of_departments = '{}' or of_departments && in_departments)
            and (in_lines is null or of_line is null or of_line = any (in_lines)))
$$;

COMMENT ON FUNCTION public.lead_in_reach(person uuid, in_departments uuid[], in_lines uuid[], responsible uuid, taken_by uuid, of_departments uuid[], of_line uuid) IS 'Whether a lead is somebody''s own, or of his departments and lines (null: all); of no department or line it is everybody''s.';

CREATE FUNCTION public.leads_have_clocks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into lead_clocks (lead_id, phone, take_by, call_by)
    select id, phone, now() + interval '1 day', now() + interval '1 day'
    from leads where id = new.id and closed_at is null
    on conflict do nothing;
    return null;
end $$;

COMMENT ON FUNCTION public.leads_have_clocks() IS 'At the commit, for whoever gave the lead no clock of its own; a day, as in 0365.';

CREATE FUNCTION public.line_life() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if tg_op = 'INSERT' then
        if not new.active and new.state = 'active' then
            new.state := 'returned';
        end if;
    elsif new.state = old.state and new.active <> old.active then
        new.state := case when new.active then 'active' else 'returned' end;
        new.state_since := now();
    end if;
    new.active := new.state in ('quarantine', 'active', 'retiring');
    return new;
end $$;

CREATE FUNCTION public.refuse_audit_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if tg_op = 'UPDATE' and current_setting('trunkline.erasing', true) = 'on' then
        if (new.id, new.at, new.person_id, new.via, new.action, new.object_kind, new.address)
            is not distinct from (old.id, old.at, old.person_id, old.via, old.action, old.object_kind, old.address)
        then
            return new;
        end if;
    end if;
    raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end
$$;

CREATE FUNCTION public.report_lowest_id(moment timestamp with time zone) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

COMMENT ON FUNCTION public.report_lowest_id(moment timestamp with time zone) IS 'The lowest UUIDv7 of a moment, as lowest_id of trunkline/ids.py.';

CREATE TABLE public.report_missed (
    day date NOT NULL,
    by text NOT NULL,
    key text NOT NULL,
    answered integer NOT NULL,
    missed integer NOT NULL,
    short integer NOT NULL,
    screened integer NOT NULL,
    callers bigint[] NOT NULL,
    reached bigint[] NOT NULL,
    CONSTRAINT report_missed_by_check CHECK ((by = ANY (ARRAY[''::text, 'line'::text, 'queue'::text, 'hour'::text, 'reason'::text])))
);

COMMENT ON COLUMN public.report_missed.callers IS 'Different numbers, as E.164 without the plus: exact over any range, and 8 bytes each.';

CREATE FUNCTION public.report_missed_of(since timestamp with time zone, until timestamp with time zone, zone text) RETURNS SETOF public.report_missed
    LANGUAGE sql STABLE
    AS $_$
    with told as (
        select
            (started_at at time zone zone)::date as day, dialled, queues, missed_why,
            lpad(extract(hour from started_at at time zone zone)::text, 2, '0') as hour,
            case when client ~ '^\+[0-9]{1,18}$' then substr(client, 2)::bigint end as client,
            case
                when outcome = 'missed' and wait_ms < (select 1000 * short_seconds from missed_rules)
                    and missed_why in ('abandoned', 'abandoned_in_queue', 'left_unrouted') then 'short'
                else outcome
            end as what
        from calls
        where id >= report_lowest_id(since - interval '60 s') and id < report_lowest_id(until)
            and started_at >= since and started_at < until
            and direction = 'in' and outcome in ('answered', 'missed', 'screened')
    ), keyed as (
        select day, '' as "by", '' as key, what, client from told
        union all select day, 'line', dialled, what, client from told
        union all select day, 'hour', hour, what, client from told
        union all select day, 'queue', queue, what, client from told cross join unnest(queues) as queue
        union all select day, 'reason', missed_why, what, null from told where what = 'missed' and missed_why is not null
    )
    select
        day, "by", key,
        count(*) filter (where what = 'answered')::integer,
        count(*) filter (where what = 'missed')::integer,
        count(*) filter (where what = 'short')::integer,
        count(*) filter (where what = 'screened')::integer,
        coalesce(array_agg(distinct client) filter (where what in ('answered', 'missed') and client is not null), '{}'),
        coalesce(array_agg(distinct client) filter (where what = 'answered' and client is not null), '{}')
    from keyed group by day, "by", key
$_$;

CREATE FUNCTION public.report_note_calls() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into report_changes (hour)
    select distinct date_trunc('hour', started_at, 'UTC') from changed
    on conflict do nothing;
    insert into tracking_changes (hour)
    select distinct date_trunc('hour', started_at, 'UTC') from changed where direction = 'in'
    on conflict do nothing;
    return null;
end $$;

CREATE FUNCTION public.report_note_choices() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    -- A call's id carries its beginning to some seconds; the choice may be stored after the call is over.
    insert into report_changes (hour)
    select distinct date_trunc('hour', began + slack, 'UTC')
    from (
        select to_timestamp(('x' || left(replace(call_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) as began
        from changed
    ) as calls
    cross join unnest(array[interval '0', interval '60 s']) as slack
    on conflict do nothing;
    return null;
end $$;

CREATE TABLE public.report_quality (
    day date NOT NULL,
    direction text NOT NULL,
    line text NOT NULL,
    pbx text NOT NULL,
    trunk text NOT NULL,
    calls integer NOT NULL,
    answered integer NOT NULL,
    short integer NOT NULL,
    causes jsonb NOT NULL,
    delays jsonb NOT NULL,
    CONSTRAINT report_quality_direction_check CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text])))
);

COMMENT ON TABLE public.report_quality IS 'Incoming calls, and attempts to call out: a call tried over two trunks is two. Whose line it was then is looked up when it is read.';

COMMENT ON COLUMN public.report_quality.causes IS 'How many unanswered ones ended with each Q.850 cause; `unsent`: it could not leave the PBX.';

COMMENT ON COLUMN public.report_quality.delays IS 'How many had each post-dial delay, in tenths of a second.';

CREATE FUNCTION public.report_quality_of(since timestamp with time zone, until timestamp with time zone, zone text, person uuid, in_departments uuid[], in_lines uuid[]) RETURNS SETOF public.report_quality
    LANGUAGE sql STABLE
    AS $_$
    with told as (
        select
            id, (started_at at time zone zone)::date as day, direction, dialled, line_id, pbx, outcome, missed_why,
            talk_ms, case when jsonb_typeof(story -> 'legs') = 'array' then story -> 'legs' else '[]' end as legs
        from calls
        where id >= report_lowest_id(since - interval '60 s') and id < report_lowest_id(until)
            and started_at >= since and started_at < until
            and ended_at is not null and direction in ('in', 'out') and outcome in ('answered', 'missed')
            and not (direction = 'in' and outcome = 'missed' and wait_ms < (select 1000 * short_seconds from missed_rules)
                     and missed_why in ('abandoned', 'abandoned_in_queue', 'left_unrouted'))
            and (person is null or person = any (people)
                 or ((in_departments is null or departments && in_departments)
                     and (in_lines is null or line_id = any (in_lines))))
    ), tries as (
        select
            day, 'in' as direction, coalesce(lines.number, dialled) as line, told.pbx, coalesce(leg ->> 'channel', '') as channel,
            '' as trunk, outcome = 'answered' as answered, talk_ms / 1000.0 as talk, coalesce(leg ->> 'cause', '0') as cause,
            null::numeric as delay
        from told
        left join lines on lines.id = told.line_id
        left join lateral (
            select leg from jsonb_array_elements(legs) as leg where leg ->> 'role' = 'caller' limit 1
        ) as callers on true
        where direction = 'in'
        union all
        select
            day, 'out', coalesce(choice.caller_id, ''), told.pbx, coalesce(leg ->> 'channel', ''), coalesce(choice.trunk, ''),
            leg ->> 'answered_at' is not null, coalesce((leg ->> 'talk_seconds')::numeric, 0),
            case when leg is null then 'unsent' else coalesce(leg ->> 'cause', '0') end,
            coalesce(
                (leg ->> 'post_dial_seconds')::numeric,
                extract(epoch from (leg ->> 'ringing_at')::timestamptz - (leg ->> 'started_at')::timestamptz)
            )
        from told
        left join lateral (
            select leg from jsonb_array_elements(legs) as leg
            where leg ->> 'role' = 'outside' and (leg ->> 'dialled_by' <> '' or leg ->> 'dial_status' <> '')
        ) as outside on true
        left join lateral (
            select caller_id, outgoing_choices.trunk from outgoing_choices
            where call_id = told.id and action = 'dial'
            order by
                position('/' || outgoing_choices.trunk || '-' in leg ->> 'channel') > 0 desc nulls last,
                abs(extract(epoch from at - (leg ->> 'started_at')::timestamptz)) nulls last, at desc
            limit 1
        ) as choice on true
        where direction = 'out' and (leg is not null or missed_why = 'unavailable')
    ), named as (
        select
            day, direction, line, pbx, answered, talk, cause, delay,
            coalesce(nullif(regexp_replace(channel, '^[^/]*/|-[0-9a-f]{8}$', '', 'g'), ''), trunk) as trunk
        from tries
    ), sums as (
        select
            day, direction, line, pbx, trunk,
            count(*)::integer as calls,
            count(*) filter (where answered)::integer as answered,
            count(*) filter (where answered and talk < 10)::integer as short
        from named group by day, direction, line, pbx, trunk
    ), causes as (
        select day, direction, line, pbx, trunk, jsonb_object_agg(cause, number) as told
        from (
            select day, direction, line, pbx, trunk, cause, count(*) as number
            from named where not answered group by day, direction, line, pbx, trunk, cause
        ) as each group by day, direction, line, pbx, trunk
    ), delays as (
        select day, direction, line, pbx, trunk, jsonb_object_agg(tenths, number) as told
        from (
            select day, direction, line, pbx, trunk, greatest(round(delay * 10), 0)::integer as tenths, count(*) as number
            from named where delay is not null group by day, direction, line, pbx, trunk, tenths
        ) as each group by day, direction, line, pbx, trunk
    )
    select
        day, direction, line, pbx, trunk, calls, answered, short,
        coalesce(causes.told, '{}'), coalesce(delays.told, '{}')
    from sums
    left join causes using (day, direction, line, pbx, trunk)
    left join delays using (day, direction, line, pbx, trunk)
$_$;

CREATE FUNCTION public.spam_faded(weight double precision, at timestamp with time zone, until timestamp with time zone) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (weight * (power(0.5, (GREATEST(EXTRACT(epoch FROM (until - at)), (0)::numeric) / ((125 * 86400))::numeric)))::double precision);

COMMENT ON FUNCTION public.spam_faded(weight double precision, at timestamp with time zone, until timestamp with time zone) IS 'What evidence of that weight at that time is worth later: trunkline.spam.reputation.Evidence.faded in SQL.';

CREATE FUNCTION public.spam_note_suspects() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    update spoken_numbers s set suspect = true from changed c where s.number = c.number and not s.suspect;
    return null;
end $$;

CREATE TABLE public.spam_numbers (
    number text NOT NULL,
    source text DEFAULT 'import'::text NOT NULL,
    votes integer DEFAULT 1 NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT spam_numbers_number_check CHECK ((number ~ '^\+[0-9]{5,15}$'::text))
);

COMMENT ON COLUMN public.spam_numbers.votes IS 'As they were at seen_at; they count half every 125 days from then on.';

CREATE TABLE public.spam_personal (
    prefix text NOT NULL,
    whole boolean NOT NULL,
    treatment text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    person text DEFAULT ''::text NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT spam_personal_prefix_check CHECK ((prefix ~ '^\+[0-9]{6,15}$'::text)),
    CONSTRAINT spam_personal_treatment_check CHECK ((treatment = ANY (ARRAY['challenge'::text, 'voicemail'::text, 'reject'::text])))
);

COMMENT ON TABLE public.spam_personal IS 'The company''s own list: a number, or with `whole` false all numbers that begin so.';

CREATE TABLE public.spam_ranges (
    prefix text NOT NULL,
    kind text NOT NULL,
    votes integer NOT NULL,
    numbers integer DEFAULT 0 NOT NULL,
    source text DEFAULT ''::text NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT spam_ranges_kind_check CHECK ((kind = ANY (ARRAY['ten'::text, 'hundred'::text, 'prefix'::text]))),
    CONSTRAINT spam_ranges_prefix_check CHECK ((prefix ~ '^\+[0-9]{4,15}$'::text))
);

COMMENT ON TABLE public.spam_ranges IS 'Blocks of 10 and 100 numbers with much spam, computed anew each night; and prefixes that lists name.';

CREATE FUNCTION public.spam_suspects(number text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((EXISTS (SELECT FROM public.spam_numbers s WHERE (s.number = spam_suspects.number))) OR (EXISTS (SELECT FROM public.spam_personal p WHERE ((p.prefix = spam_suspects.number) AND p.whole))) OR (EXISTS (SELECT FROM public.spam_ranges r WHERE ((r.prefix = "left"(spam_suspects.number, '-1'::integer)) AND (r.kind = 'ten'::text)))) OR (EXISTS (SELECT FROM public.spam_ranges r WHERE ((r.prefix = "left"(spam_suspects.number, '-2'::integer)) AND (r.kind = 'hundred'::text)))) OR (EXISTS (SELECT FROM generate_series(7, length(spam_suspects.number)) digits(digits) WHERE ((EXISTS (SELECT FROM public.spam_personal p WHERE ((p.prefix = "left"(spam_suspects.number, digits.digits)) AND (NOT p.whole)))) OR (EXISTS (SELECT FROM public.spam_ranges r WHERE ((r.prefix = "left"(spam_suspects.number, digits.digits)) AND (r.kind = 'prefix'::text))))))));

COMMENT ON FUNCTION public.spam_suspects(number text) IS 'Whether any list or range names the number, faded or not.';

CREATE FUNCTION public.spam_weight(weight double precision, at timestamp with time zone) RETURNS double precision
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN public.spam_faded(weight, at, now());

CREATE FUNCTION public.speech_pairs(words tsvector) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    AS $$
    select coalesce(array_agg(distinct '#' || left(md5(one || ' ' || other), 4)), '{}') from (
        select lexeme as one, lead(lexeme) over said as other, lead(place) over said - place as far
        from unnest(words) as word, unnest(word.positions) as place
        window said as (order by place)
    ) as pairs
    where far = 1
$$;

CREATE FUNCTION public.tracking_cost_mark(channel text, source text, campaign text, keyword text, city text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (md5(((((((((channel || chr(31)) || source) || chr(31)) || campaign) || chr(31)) || keyword) || chr(31)) || city)))::uuid;

COMMENT ON FUNCTION public.tracking_cost_mark(channel text, source text, campaign text, keyword text, city text) IS 'What is advertised as 16 bytes: five texts are too long for an index.';

CREATE FUNCTION public.tracking_device(agent text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (agent = ''::text) THEN ''::text WHEN (agent ~* 'ipad|tablet|playbook|silk|(android(?!.*mobi))'::text) THEN 'tablet'::text WHEN (agent ~* 'mobi|iphone|ipod|android'::text) THEN 'phone'::text ELSE 'computer'::text END;

COMMENT ON FUNCTION public.tracking_device(agent text) IS 'What kind of device a User-Agent is of; empty where there is none.';

CREATE FUNCTION public.tracking_note_attributions() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    -- A call's id carries its beginning to some seconds.
    insert into tracking_changes (hour)
    select distinct date_trunc('hour', began + slack, 'UTC')
    from (
        select to_timestamp(('x' || left(replace(call_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) as began
        from changed
    ) as calls
    cross join unnest(array[interval '-10 minutes', interval '0', interval '60 s']) as slack
    on conflict do nothing;
    return null;
end $$;

CREATE FUNCTION public.tracking_note_opened() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into tracking_changes (hour)
    select distinct date_trunc('hour', opened_at, 'UTC') from changed
    on conflict do nothing;
    return null;
end $$;

CREATE FUNCTION public.tracking_note_payments() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    -- A day of whatever zone.
    insert into tracking_changes (hour)
    select distinct (paid_on + part) at time zone 'UTC'
    from changed cross join unnest(array[interval '-12 h', interval '0', interval '12 h', interval '23 h']) as part
    on conflict do nothing;
    return null;
end $$;

CREATE FUNCTION public.tracking_note_rules() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    former uuid;
    changed boolean := false;
begin
    select site_id into former from tracking_site_names where name = new.name;
    if tg_op = 'INSERT' or new.name <> old.name then
        insert into tracking_site_names (name, site_id) values (new.name, new.id)
        on conflict (name) do update set site_id = excluded.site_id;
        changed := former <> new.id;
    end if;
    if tg_op = 'UPDATE' then
        changed := coalesce(changed, false) or (new.target_seconds, new.unique_days, new.campaign_days)
            <> (old.target_seconds, old.unique_days, old.campaign_days);
    end if;
    if changed then
        -- All days that are rolled up, and those just being rolled up: their notes are gone only once that is committed.
        insert into tracking_changes (hour)
        select date_trunc('hour', (day + interval '12 h') at time zone zone, 'UTC')
        from (select distinct day from report_credits where "by" = '') as days cross join tracking_zone
        union
        select hour from tracking_changes
        on conflict do nothing;
    end if;
    return null;
end $$;

CREATE FUNCTION public.tracking_note_visits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into tracking_changes (hour)
    select distinct date_trunc('hour', started_at, 'UTC') from changed
    on conflict do nothing;
    return null;
end $$;

CREATE FUNCTION public.tracking_page(landing text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN "left"(split_part(split_part(landing, '?'::text, 1), '#'::text, 1), 300);

COMMENT ON FUNCTION public.tracking_page(landing text) IS 'A page without its tags.';

CREATE TABLE public.works (
    id uuid NOT NULL,
    source text NOT NULL,
    external_id text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    order_id uuid,
    contact_id uuid,
    responsible_id uuid,
    kind text NOT NULL,
    status text DEFAULT 'planned'::text NOT NULL,
    title text DEFAULT ''::text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    due_on date,
    raw jsonb,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT works_kind_check CHECK ((kind = ANY (ARRAY['delivery'::text, 'installation'::text]))),
    CONSTRAINT works_status_check CHECK ((status = ANY (ARRAY['planned'::text, 'begun'::text, 'done'::text, 'failed'::text])))
);

COMMENT ON TABLE public.works IS 'Deliveries and installations of orders; their foremen change the status.';

CREATE FUNCTION public.work_stands(one public.works) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    select (one.status || ' ' || coalesce(one.responsible_id::text, '') || ' ' || coalesce((one.due_on - date '2000-01-01')::text, '')
            || ' ' || md5(coalesce(one.title, '') || '/' || coalesce(one.address, '') || '/' || coalesce(one.order_id::text, '')))
$$;

COMMENT ON FUNCTION public.work_stands(one public.works) IS 'What a message of a work tells: it is told again as this changes.';

CREATE TEXT SEARCH DICTIONARY public.speech_en (
    TEMPLATE = pg_catalog.snowball,
    language = 'english' );

CREATE TEXT SEARCH DICTIONARY public.speech_ru (
    TEMPLATE = pg_catalog.snowball,
    language = 'russian' );

CREATE TEXT SEARCH CONFIGURATION public.speech (
    PARSER = pg_catalog."default" );

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR asciiword WITH public.speech_en;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR word WITH public.speech_ru;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR numword WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR email WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR url WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR host WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR sfloat WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR version WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR hword_numpart WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR hword_part WITH public.speech_ru;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR hword_asciipart WITH public.speech_en;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR numhword WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR asciihword WITH public.speech_en;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR hword WITH public.speech_ru;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR url_path WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR file WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR "float" WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR "int" WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.speech
    ADD MAPPING FOR uint WITH simple;

CREATE TABLE public.absences (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    deputy_id uuid,
    CONSTRAINT absences_check CHECK ((ends_at > starts_at)),
    CONSTRAINT absences_check1 CHECK ((deputy_id <> person_id))
);

COMMENT ON COLUMN public.absences.deputy_id IS 'Who stands in meanwhile, before any deputy of a contact.';

CREATE TABLE public.account_departments (
    person_id uuid NOT NULL,
    department_id uuid NOT NULL
);

CREATE TABLE public.account_lines (
    person_id uuid NOT NULL,
    line_id uuid NOT NULL
);

CREATE TABLE public.accounts (
    person_id uuid NOT NULL,
    role public.person_role NOT NULL,
    grants text[] DEFAULT '{}'::text[] NOT NULL,
    every_department boolean DEFAULT false NOT NULL,
    every_line boolean DEFAULT true NOT NULL,
    password_hash text,
    password_changed_at timestamp with time zone,
    totp_secret bytea,
    totp_pending bytea,
    totp_step bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    departments_below boolean DEFAULT false NOT NULL
);

COMMENT ON COLUMN public.accounts.grants IS 'Rights given by name beside the role: recordings.listen, money.read.';

COMMENT ON COLUMN public.accounts.totp_secret IS 'Sealed with the key outside the database; totp_pending is one not yet confirmed.';

COMMENT ON COLUMN public.accounts.totp_step IS 'The last accepted 30-second step: a code is good once.';

COMMENT ON COLUMN public.accounts.departments_below IS 'What is of the departments below those of his scope is in his scope too.';

CREATE SEQUENCE public.agent_events
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.agent_calls (
    pbx text NOT NULL,
    extension text NOT NULL,
    call_id uuid NOT NULL,
    state text NOT NULL,
    leg text NOT NULL,
    since timestamp with time zone NOT NULL,
    other text NOT NULL,
    other_name text NOT NULL,
    line text NOT NULL,
    queue text NOT NULL,
    event_id bigint DEFAULT nextval('public.agent_events'::regclass) NOT NULL,
    CONSTRAINT agent_calls_state_check CHECK ((state = ANY (ARRAY['calling'::text, 'ringing'::text, 'talking'::text])))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='500');

COMMENT ON TABLE public.agent_calls IS 'Extensions in calls that go on, as the steps stored so far tell; written in the transaction of those steps.';

COMMENT ON COLUMN public.agent_calls.line IS 'Our number that was dialled, of an incoming call.';

COMMENT ON COLUMN public.agent_calls.event_id IS 'From agent_events, anew with every change: of one PBX in the order of the commits.';

CREATE TABLE public.alarm_recipients (
    id uuid NOT NULL,
    email text NOT NULL,
    language text DEFAULT 'ru'::text NOT NULL,
    min_severity public.alarm_severity DEFAULT 'warning'::public.alarm_severity NOT NULL,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT alarm_recipients_email_check CHECK ((email ~ '^[^@\s]+@[^@\s]+$'::text)),
    CONSTRAINT alarm_recipients_language_check CHECK ((language = ANY (ARRAY['ru'::text, 'en'::text])))
);

CREATE TABLE public.alarms (
    id uuid NOT NULL,
    key text NOT NULL,
    severity public.alarm_severity NOT NULL,
    title text NOT NULL,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    count integer DEFAULT 1 NOT NULL,
    raised_at timestamp with time zone DEFAULT now() NOT NULL,
    last_at timestamp with time zone DEFAULT now() NOT NULL,
    cleared_at timestamp with time zone,
    CONSTRAINT alarms_key_check CHECK (((length(key) >= 1) AND (length(key) <= 200)))
);

COMMENT ON COLUMN public.alarms.key IS 'What is wrong, e.g. disk.spool:node1: raised again it only counts, until it is cleared.';

COMMENT ON COLUMN public.alarms.title IS 'An English sentence with %(name)s places for the facts; translated where it is read.';

CREATE TABLE public.analyses (
    recording_id uuid NOT NULL,
    stage text DEFAULT 'wanted'::text NOT NULL,
    stop text,
    told text DEFAULT ''::text NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    wanted_at timestamp with time zone DEFAULT now() NOT NULL,
    made_at timestamp with time zone,
    took double precision,
    version bigint DEFAULT 0 NOT NULL,
    category text DEFAULT ''::text NOT NULL,
    CONSTRAINT analyses_stage_check CHECK ((stage = ANY (ARRAY['wanted'::text, 'analysed'::text]))),
    CONSTRAINT analyses_stop_check CHECK ((stop = ANY (ARRAY['before'::text, 'failed'::text])))
);

COMMENT ON TABLE public.analyses IS 'The analysis of texts: how far each came and why it stays there; stop before: its text was made before there was any, and it is taken up by and by.';

COMMENT ON COLUMN public.analyses.version IS 'Of the dictionaries it was tagged by.';

CREATE TABLE public.api_tokens (
    id text NOT NULL,
    secret_hash bytea NOT NULL,
    person_id uuid NOT NULL,
    name text NOT NULL,
    rights text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_tokens_id_check CHECK ((id ~ '^[0-9a-f]{12}$'::text)),
    CONSTRAINT api_tokens_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

CREATE TABLE public.attributions (
    call_id uuid NOT NULL,
    number text NOT NULL,
    client text NOT NULL,
    told_by text NOT NULL,
    visit_id uuid,
    visitor uuid,
    site text DEFAULT ''::text NOT NULL,
    channel text DEFAULT ''::text NOT NULL,
    source text DEFAULT ''::text NOT NULL,
    medium text DEFAULT ''::text NOT NULL,
    campaign text DEFAULT ''::text NOT NULL,
    term text DEFAULT ''::text NOT NULL,
    landing text DEFAULT ''::text NOT NULL,
    confidence real NOT NULL,
    others jsonb DEFAULT '[]'::jsonb NOT NULL,
    reasons text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT attributions_check CHECK (((told_by = 'visit'::text) = ((visit_id IS NOT NULL) AND (visitor IS NOT NULL)))),
    CONSTRAINT attributions_confidence_check CHECK (((confidence >= (0)::double precision) AND (confidence <= (1)::double precision))),
    CONSTRAINT attributions_told_by_check CHECK ((told_by = ANY (ARRAY['visit'::text, 'number'::text])))
)
PARTITION BY RANGE (call_id);

COMMENT ON TABLE public.attributions IS 'Which visit or static number explains a call; none for a call that nothing explains.';

COMMENT ON COLUMN public.attributions.others IS 'The other visits that may have led to it: visit_id, channel, source, campaign, confidence; the likeliest first.';

COMMENT ON COLUMN public.attributions.reasons IS 'What speaks for the visit: tap, visit or later; region; phone.';

CREATE TABLE public.audit (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    person_id uuid,
    person text NOT NULL,
    via text NOT NULL,
    action text NOT NULL,
    object_kind text NOT NULL,
    object_id text NOT NULL,
    before jsonb,
    after jsonb,
    address inet
);

COMMENT ON TABLE public.audit IS 'Append only. The person''s name is kept as it was, without a foreign key: the log outlives him.';

ALTER TABLE public.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.booked_visits (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    number text NOT NULL,
    contact_id uuid,
    call_id uuid,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    place text DEFAULT ''::text NOT NULL,
    words text DEFAULT ''::text NOT NULL,
    booked_by_id uuid,
    booked_by text NOT NULL,
    booked_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changes integer DEFAULT 0 NOT NULL,
    cancelled_at timestamp with time zone,
    cancelled_by text,
    CONSTRAINT booked_visits_check CHECK ((ends_at > starts_at)),
    CONSTRAINT booked_visits_check1 CHECK (((cancelled_at IS NULL) = (cancelled_by IS NULL))),
    CONSTRAINT booked_visits_number_check CHECK ((number ~ '^\+[0-9]{5,15}$'::text)),
    CONSTRAINT booked_visits_place_check CHECK ((length(place) <= 300)),
    CONSTRAINT booked_visits_words_check CHECK ((length(words) <= 2000))
);

COMMENT ON TABLE public.booked_visits IS 'Visits to clients; not the visits of a web site. The constraint holds whoever books at once.';

CREATE TABLE public.bot_cards (
    number bigint NOT NULL,
    bot_id uuid NOT NULL,
    person_id uuid NOT NULL,
    call_id uuid NOT NULL,
    chat_id text NOT NULL,
    rang_at timestamp with time zone NOT NULL,
    tellings integer DEFAULT 1 NOT NULL,
    asked_at timestamp with time zone,
    message_id text,
    shown bytea
);

COMMENT ON TABLE public.bot_cards IS 'Messages that tell who calls; each is changed as its call goes on, and there is never a second one.';

COMMENT ON COLUMN public.bot_cards.number IS 'What its buttons name it by, signed.';

COMMENT ON COLUMN public.bot_cards.tellings IS 'How often there was something to tell.';

COMMENT ON COLUMN public.bot_cards.asked_at IS 'When the messenger was first asked to show it; without message_id nobody knows whether it did.';

COMMENT ON COLUMN public.bot_cards.shown IS 'SHA-256 of what it says now.';

ALTER TABLE public.bot_cards ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.bot_cards_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.bot_chats (
    bot_id uuid NOT NULL,
    person_id uuid NOT NULL,
    chat_id text NOT NULL,
    bound_at timestamp with time zone NOT NULL,
    blocked_at timestamp with time zone,
    next_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    noting bigint,
    noting_until timestamp with time zone
);

COMMENT ON TABLE public.bot_chats IS 'The private chat of an employee with a bot.';

COMMENT ON COLUMN public.bot_chats.blocked_at IS 'Since when he does not let the bot write to him.';

COMMENT ON COLUMN public.bot_chats.next_at IS 'When the next message may go there.';

COMMENT ON COLUMN public.bot_chats.noting IS 'The card whose note the next message is, until noting_until.';

CREATE TABLE public.bot_codes (
    person_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    until timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.bot_codes IS 'Codes by which an employee shows a bot who he is: SHA-256, used once.';

CREATE TABLE public.bot_posts (
    number bigint NOT NULL,
    bot_id uuid NOT NULL,
    person_id uuid NOT NULL,
    kind text NOT NULL,
    about uuid NOT NULL,
    chat_id text NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    stands text NOT NULL,
    over_at timestamp with time zone,
    tellings integer DEFAULT 1 NOT NULL,
    asked_at timestamp with time zone,
    message_id text,
    shown bytea,
    folded boolean DEFAULT false NOT NULL,
    CONSTRAINT bot_posts_kind_check CHECK ((kind = ANY (ARRAY['lead'::text, 'work'::text, 'works'::text])))
);

COMMENT ON TABLE public.bot_posts IS 'Messages that tell of a lead or of a work; each is changed as what it is about changes.';

COMMENT ON COLUMN public.bot_posts.about IS 'The lead, or the work.';

COMMENT ON COLUMN public.bot_posts.stands IS 'How it stood when it was told last.';

COMMENT ON COLUMN public.bot_posts.over_at IS 'Since when nothing more is told of it.';

COMMENT ON COLUMN public.bot_posts.tellings IS 'How often there was something to tell.';

COMMENT ON COLUMN public.bot_posts.asked_at IS 'When the messenger was first asked to show it; without message_id nobody knows whether it did.';

COMMENT ON COLUMN public.bot_posts.shown IS 'SHA-256 of what it says now.';

COMMENT ON COLUMN public.bot_posts.folded IS 'It is told of by the message of all works (kind works, about the person) alone, as long as it stands so.';

ALTER TABLE public.bot_posts ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.bot_posts_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.bot_presses (
    card bigint NOT NULL,
    action text NOT NULL,
    done_at timestamp with time zone NOT NULL,
    CONSTRAINT bot_presses_action_check CHECK ((action = ANY (ARRAY['spam'::text, 'call'::text])))
);

COMMENT ON TABLE public.bot_presses IS 'What was done by a button: once, however often it is pressed.';

CREATE TABLE public.bot_updates (
    bot_id uuid NOT NULL,
    update_id text NOT NULL,
    heard_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.bot_updates IS 'What a messenger told us lately, so that a repeat changes nothing.';

CREATE TABLE public.bots (
    id uuid NOT NULL,
    kind text NOT NULL,
    api_url text NOT NULL,
    token bytea NOT NULL,
    remote_id text NOT NULL,
    username text NOT NULL,
    connected_at timestamp with time zone NOT NULL,
    last_event bigint DEFAULT 0 NOT NULL,
    read_by text,
    read_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    trouble text DEFAULT ''::text NOT NULL,
    CONSTRAINT bots_api_url_check CHECK (((length(api_url) >= 8) AND (length(api_url) <= 300))),
    CONSTRAINT bots_kind_check CHECK ((kind = ANY (ARRAY['telegram'::text, 'vkteams'::text, 'max'::text]))),
    CONSTRAINT bots_username_check CHECK (((length(username) >= 1) AND (length(username) <= 100)))
);

COMMENT ON TABLE public.bots IS 'Bots that employees have a chat with; one of each messenger.';

COMMENT ON COLUMN public.bots.token IS 'Sealed.';

COMMENT ON COLUMN public.bots.remote_id IS 'Its own id there.';

COMMENT ON COLUMN public.bots.last_event IS 'Of a messenger that posts nothing and is asked: what was heard last.';

COMMENT ON COLUMN public.bots.read_by IS 'Which node asks it, until read_until.';

COMMENT ON COLUMN public.bots.trouble IS 'Why it could not be asked the last time; empty when it could.';

CREATE TABLE public.busy_spans (
    person_id uuid NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    CONSTRAINT busy_spans_check CHECK ((ends_at > starts_at))
);

COMMENT ON TABLE public.busy_spans IS 'When somebody''s own calendar says that he is busy, as last read; what he does then is not kept.';

CREATE TABLE public.calendar_days (
    country text NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    CONSTRAINT calendar_days_kind_check CHECK ((kind = ANY (ARRAY['off'::text, 'short'::text, 'working'::text])))
);

CREATE TABLE public.calendar_feeds (
    person_id uuid NOT NULL,
    kind text NOT NULL,
    access bytea NOT NULL,
    host text NOT NULL,
    version uuid NOT NULL,
    etag text,
    modified text,
    due_at timestamp with time zone NOT NULL,
    checked_at timestamp with time zone,
    good_at timestamp with time zone,
    covers_until timestamp with time zone,
    fails integer DEFAULT 0 NOT NULL,
    problem text,
    CONSTRAINT calendar_feeds_host_check CHECK ((length(host) <= 300)),
    CONSTRAINT calendar_feeds_kind_check CHECK ((kind = ANY (ARRAY['ical'::text, 'caldav'::text])))
);

COMMENT ON TABLE public.calendar_feeds IS 'Where a person''s own calendar is read; without a row his time is known by his hours alone.';

COMMENT ON COLUMN public.calendar_feeds.access IS 'Address, user name and password, sealed with the key outside the database: an address may be a secret itself.';

COMMENT ON COLUMN public.calendar_feeds.version IS 'Another one whenever the access changes: what was fetched with an older one is not kept.';

COMMENT ON COLUMN public.calendar_feeds.covers_until IS 'Up to where busy_spans were worked out at the last good reading.';

CREATE TABLE public.calendar_imports (
    country text NOT NULL,
    year integer NOT NULL,
    imported_at timestamp with time zone NOT NULL,
    author text NOT NULL
);

COMMENT ON TABLE public.calendar_imports IS 'When the rows of calendar_days of a year were last read from a file, and by whom.';

CREATE TABLE public.calendar_overrides (
    id uuid NOT NULL,
    branch text DEFAULT ''::text NOT NULL,
    first date NOT NULL,
    last date NOT NULL,
    kind text NOT NULL,
    until text DEFAULT ''::text NOT NULL,
    hours text[] DEFAULT '{}'::text[] NOT NULL,
    reason text NOT NULL,
    author text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT calendar_overrides_branch_check CHECK ((branch ~ '^[a-z0-9_-]{0,40}$'::text)),
    CONSTRAINT calendar_overrides_check CHECK (((last >= first) AND ((last - first) < 366))),
    CONSTRAINT calendar_overrides_check1 CHECK ((((kind = 'short'::text) = (until <> ''::text)) AND ((kind = 'open'::text) = (cardinality(hours) > 0)))),
    CONSTRAINT calendar_overrides_hours_check CHECK ((array_to_string(hours, ' '::text) ~ '^(([01][0-9]|2[0-4]):[0-5][0-9]-([01][0-9]|2[0-4]):[0-5][0-9]( |$))*$'::text)),
    CONSTRAINT calendar_overrides_kind_check CHECK ((kind = ANY (ARRAY['closed'::text, 'short'::text, 'open'::text]))),
    CONSTRAINT calendar_overrides_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 200))),
    CONSTRAINT calendar_overrides_until_check CHECK (((until ~ '^(([01][0-9]|2[0-3]):[0-5][0-9])?$'::text) AND (until <> '00:00'::text)))
);

COMMENT ON TABLE public.calendar_overrides IS 'What somebody said of some days of a branch (empty: the whole company); it wins over the plan and every calendar.';

CREATE TABLE public.call_contacts (
    call_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    person text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.call_contacts IS 'Which of those who share its number an agent said was calling.';

CREATE TABLE public.call_keys (
    pbx text NOT NULL,
    linkedid text NOT NULL,
    first_seen timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.call_keys IS 'When a call whose key carries no time was first heard of: its id, and so its partition, follow from it.';

CREATE TABLE public.call_orders (
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    pbx text NOT NULL,
    call_id uuid NOT NULL,
    leg text NOT NULL,
    queue text DEFAULT ''::text NOT NULL,
    agent text DEFAULT ''::text NOT NULL,
    place text DEFAULT ''::text NOT NULL,
    target text DEFAULT ''::text NOT NULL,
    target_name text DEFAULT ''::text NOT NULL,
    mode text DEFAULT ''::text NOT NULL,
    words text DEFAULT ''::text NOT NULL,
    by_id uuid,
    by_name text NOT NULL,
    state text DEFAULT 'accepted'::text NOT NULL,
    why text DEFAULT ''::text NOT NULL,
    sent_at timestamp with time zone,
    over_at timestamp with time zone,
    seconds smallint DEFAULT 0 NOT NULL,
    ends uuid,
    CONSTRAINT call_orders_check CHECK (((kind = 'listen'::text) = (mode <> ''::text))),
    CONSTRAINT call_orders_kind_check CHECK ((kind = ANY (ARRAY['move'::text, 'pass'::text, 'listen'::text, 'pause'::text, 'record'::text]))),
    CONSTRAINT call_orders_mode_check CHECK ((mode = ANY (ARRAY[''::text, 'listen'::text, 'whisper'::text, 'barge'::text]))),
    CONSTRAINT call_orders_place_check CHECK ((place = ANY (ARRAY[''::text, 'queue'::text, 'desk'::text]))),
    CONSTRAINT call_orders_place_kind_check CHECK (((kind = ANY (ARRAY['move'::text, 'pass'::text])) = (place <> ''::text))),
    CONSTRAINT call_orders_seconds_check CHECK (((seconds >= 0) AND (seconds <= 900))),
    CONSTRAINT call_orders_state_check CHECK ((state = ANY (ARRAY['accepted'::text, 'sent'::text, 'done'::text, 'refused'::text, 'expired'::text, 'unknown'::text]))),
    CONSTRAINT call_orders_words_check CHECK ((length(words) <= 1000))
);

COMMENT ON TABLE public.call_orders IS 'Each is told to the PBX once; a part of the call''s history ever after.';

COMMENT ON COLUMN public.call_orders.at IS 'When it was given; of a recording that goes on by itself, when it is due.';

COMMENT ON COLUMN public.call_orders.leg IS 'The PBX''s id of the channel it is about: who waits, or the agent who talks.';

COMMENT ON COLUMN public.call_orders.queue IS 'Of a move: the queue he waits in.';

COMMENT ON COLUMN public.call_orders.agent IS 'The extension that passes the call on, or that is listened to; of a listener `target` is his own.';

COMMENT ON COLUMN public.call_orders.seconds IS 'Of a pause: how long at most. Of going on: after which pause it comes by itself; 0: somebody asked for it.';

COMMENT ON COLUMN public.call_orders.ends IS 'Of a recording that goes on by itself: the pause that it ends.';

CREATE TABLE public.call_wrap_ups (
    call_id uuid NOT NULL,
    person_id uuid NOT NULL,
    client text DEFAULT ''::text NOT NULL,
    topic text DEFAULT ''::text NOT NULL,
    other text DEFAULT ''::text NOT NULL,
    transferred_to uuid,
    department_id uuid,
    result text DEFAULT ''::text NOT NULL,
    next_step text DEFAULT ''::text NOT NULL,
    call_back_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    promised_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT call_wrap_ups_next_step_check CHECK ((length(next_step) <= 2000)),
    CONSTRAINT call_wrap_ups_other_check CHECK ((length(other) <= 500)),
    CONSTRAINT call_wrap_ups_result_check CHECK ((length(result) <= 2000)),
    CONSTRAINT call_wrap_ups_topic_check CHECK ((length(topic) <= 100))
);

COMMENT ON TABLE public.call_wrap_ups IS 'What an agent wrote down of a call; not wrap_ups, which are pauses.';

COMMENT ON COLUMN public.call_wrap_ups.topic IS 'Empty: none of the list, as `other` says.';

COMMENT ON COLUMN public.call_wrap_ups.department_id IS 'Of transferred_to, as it was then.';

COMMENT ON COLUMN public.call_wrap_ups.promised_at IS 'When call_back_at was written as it is.';

CREATE TABLE public.callback_widgets (
    site_id uuid NOT NULL,
    active boolean DEFAULT false NOT NULL,
    queue_id text NOT NULL,
    line text DEFAULT ''::text NOT NULL,
    days smallint[] DEFAULT '{1,2,3,4,5}'::smallint[] NOT NULL,
    opens smallint DEFAULT 9 NOT NULL,
    closes smallint DEFAULT 18 NOT NULL,
    agreed text NOT NULL,
    terms text DEFAULT ''::text NOT NULL,
    CONSTRAINT callback_widgets_agreed_check CHECK (((length(agreed) >= 1) AND (length(agreed) <= 100))),
    CONSTRAINT callback_widgets_check CHECK ((opens < closes)),
    CONSTRAINT callback_widgets_closes_check CHECK (((closes >= 1) AND (closes <= 24))),
    CONSTRAINT callback_widgets_days_check CHECK ((((cardinality(days) >= 1) AND (cardinality(days) <= 7)) AND (days <@ '{1,2,3,4,5,6,7}'::smallint[]))),
    CONSTRAINT callback_widgets_line_check CHECK ((length(line) <= 20)),
    CONSTRAINT callback_widgets_opens_check CHECK (((opens >= 0) AND (opens <= 23))),
    CONSTRAINT callback_widgets_terms_check CHECK ((length(terms) <= 1000))
);

COMMENT ON COLUMN public.callback_widgets.days IS 'Monday is 1. Hours are whole ones of the company''s zone.';

COMMENT ON COLUMN public.callback_widgets.agreed IS 'The id of the text a visitor agrees to by asking; kept with each wish.';

CREATE TABLE public.callbacks (
    id uuid NOT NULL,
    idem text,
    number text NOT NULL,
    line text DEFAULT ''::text NOT NULL,
    queue_id text NOT NULL,
    owner_id uuid,
    source text NOT NULL,
    zone text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    wanted_at timestamp with time zone NOT NULL,
    next_at timestamp with time zone NOT NULL,
    by_id uuid,
    ip inet,
    state text DEFAULT 'waiting'::text NOT NULL,
    why text DEFAULT ''::text NOT NULL,
    attempts smallint DEFAULT 0 NOT NULL,
    misses smallint DEFAULT 0 NOT NULL,
    ended_at timestamp with time zone,
    note text DEFAULT ''::text NOT NULL,
    CONSTRAINT callbacks_check CHECK (((state = ANY (ARRAY['waiting'::text, 'dialling'::text])) = (ended_at IS NULL))),
    CONSTRAINT callbacks_idem_check CHECK (((length(idem) >= 1) AND (length(idem) <= 200))),
    CONSTRAINT callbacks_note_check CHECK ((length(note) <= 500)),
    CONSTRAINT callbacks_number_check CHECK ((number ~ '^\+[0-9]{7,15}$'::text)),
    CONSTRAINT callbacks_source_check CHECK (((length(source) >= 1) AND (length(source) <= 40))),
    CONSTRAINT callbacks_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'dialling'::text, 'reached'::text, 'cancelled'::text, 'given_up'::text])))
);

COMMENT ON TABLE public.callbacks IS 'The unique index is the promise that nobody is called back twice at once, by whichever way he asked.';

COMMENT ON COLUMN public.callbacks.asked_at IS 'His place in the order, also after an attempt in vain.';

COMMENT ON COLUMN public.callbacks.attempts IS 'How often the client himself was called in vain; misses: how often an agent was.';

CREATE TABLE public.calls (
    id uuid NOT NULL,
    pbx text NOT NULL,
    linkedid text NOT NULL,
    direction text NOT NULL,
    caller text NOT NULL,
    caller_name text NOT NULL,
    client text NOT NULL,
    dialled text NOT NULL,
    line_id uuid,
    started_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    ended_at timestamp with time zone,
    outcome text NOT NULL,
    missed_why text,
    answered_by text NOT NULL,
    hung_up_by text,
    agents text[] NOT NULL,
    rang text[] NOT NULL,
    queues text[] NOT NULL,
    people uuid[] NOT NULL,
    departments uuid[] NOT NULL,
    wait_ms integer NOT NULL,
    talk_ms integer NOT NULL,
    is_partial boolean NOT NULL,
    has_gap boolean NOT NULL,
    part_of uuid,
    story jsonb,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    notice_version integer,
    notice_state text,
    CONSTRAINT calls_direction_check CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text, 'internal'::text]))),
    CONSTRAINT calls_hung_up_by_check CHECK ((hung_up_by = ANY (ARRAY['caller'::text, 'callee'::text, 'pbx'::text]))),
    CONSTRAINT calls_outcome_check CHECK ((outcome = ANY (ARRAY['ringing'::text, 'answered'::text, 'missed'::text, 'screened'::text, 'merged'::text])))
)
PARTITION BY RANGE (id);

COMMENT ON COLUMN public.calls.id IS 'A UUIDv7 derived from (pbx, linkedid): a repeat meets the same row, and the order of ids is that of beginnings.';

COMMENT ON COLUMN public.calls.client IS 'The outside party in E.164; empty when hidden, unknown or when the call is internal.';

COMMENT ON COLUMN public.calls.agents IS 'Extensions of our people who talked or placed the call; people and departments are theirs.';

COMMENT ON COLUMN public.calls.rang IS 'Whoever was rung: extensions inside, numbers outside.';

COMMENT ON COLUMN public.calls.part_of IS 'The call this one went on as: after an attended transfer or a pick-up.';

COMMENT ON COLUMN public.calls.story IS 'Legs, talks, transfers, recordings and gaps, written when the call is over; before that its steps tell them.';

COMMENT ON COLUMN public.calls.notice_state IS 'What came of the notice of its line, of version notice_version; null: it had none.';

CREATE TABLE public.card_fields (
    class public.contact_class NOT NULL,
    blocks text[] NOT NULL
);

COMMENT ON TABLE public.card_fields IS 'The blocks a card shows, in their order; a class without a row has those of trunkline/card/blocks.py.';

CREATE TABLE public.card_hints (
    id uuid NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    text text NOT NULL,
    CONSTRAINT card_hints_key_check CHECK (((length(key) >= 1) AND (length(key) <= 100))),
    CONSTRAINT card_hints_kind_check CHECK ((kind = ANY (ARRAY['line'::text, 'class'::text, 'topic'::text]))),
    CONSTRAINT card_hints_text_check CHECK (((length(text) >= 1) AND (length(text) <= 2000)))
);

COMMENT ON TABLE public.card_hints IS 'What to do in this situation; key is a line''s number, a class or a topic.';

CREATE TABLE public.card_topics (
    name text NOT NULL,
    "position" integer NOT NULL,
    CONSTRAINT card_topics_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

CREATE TABLE public.chat2desk_accounts (
    id uuid NOT NULL,
    is_only boolean DEFAULT true NOT NULL,
    api_url text NOT NULL,
    token bytea NOT NULL,
    company text NOT NULL,
    comments boolean NOT NULL,
    links boolean NOT NULL,
    connected_at timestamp with time zone NOT NULL,
    CONSTRAINT chat2desk_accounts_api_url_check CHECK (((length(api_url) >= 8) AND (length(api_url) <= 300))),
    CONSTRAINT chat2desk_accounts_is_only_check CHECK (is_only)
);

COMMENT ON TABLE public.chat2desk_accounts IS 'The company''s account at Chat2Desk; there is one at most.';

COMMENT ON COLUMN public.chat2desk_accounts.token IS 'Sealed.';

COMMENT ON COLUMN public.chat2desk_accounts.company IS 'Whose token it is there.';

COMMENT ON COLUMN public.chat2desk_accounts.comments IS 'Calls are told as internal comments.';

COMMENT ON COLUMN public.chat2desk_accounts.links IS 'Links to recordings are, too.';

CREATE TABLE public.chat2desk_calls (
    call_id uuid NOT NULL,
    account_id uuid NOT NULL,
    client text NOT NULL,
    told_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.chat2desk_calls IS 'Calls that are told, each once, and in whose dialogue.';

CREATE TABLE public.chat_clients (
    inbox_id uuid NOT NULL,
    client text NOT NULL,
    lead_id uuid NOT NULL,
    CONSTRAINT chat_clients_client_check CHECK (((length(client) >= 1) AND (length(client) <= 100)))
);

COMMENT ON TABLE public.chat_clients IS 'The newest lead of who writes, for those who have no telephone there.';

CREATE TABLE public.chat_inboxes (
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    direction text DEFAULT ''::text NOT NULL,
    department_id uuid,
    active boolean DEFAULT true NOT NULL,
    heard_at timestamp with time zone,
    CONSTRAINT chat_inboxes_direction_check CHECK ((length(direction) <= 100)),
    CONSTRAINT chat_inboxes_kind_check CHECK ((kind = 'chat2desk'::text)),
    CONSTRAINT chat_inboxes_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

COMMENT ON TABLE public.chat_inboxes IS 'Where systems of chats post what clients write; the secret of each address is made of the installation''s key.';

COMMENT ON COLUMN public.chat_inboxes.heard_at IS 'When a message came last.';

CREATE TABLE public.chat_numbers (
    inbox_id uuid NOT NULL,
    client text NOT NULL,
    phone text NOT NULL,
    is_own boolean NOT NULL,
    heard_at timestamp with time zone NOT NULL,
    CONSTRAINT chat_numbers_client_check CHECK (((length(client) >= 1) AND (length(client) <= 100))),
    CONSTRAINT chat_numbers_phone_check CHECK ((phone ~ '^\+[0-9]{5,15}$'::text))
);

COMMENT ON TABLE public.chat_numbers IS 'Telephones of who writes in chats: a call of one is a call of his.';

COMMENT ON COLUMN public.chat_numbers.is_own IS 'His messenger goes by it; others he only wrote down.';

CREATE TABLE public.client_consents (
    contact_id uuid NOT NULL,
    allowed boolean NOT NULL,
    at timestamp with time zone NOT NULL,
    by_id uuid
);

COMMENT ON TABLE public.client_consents IS 'Whether a client may be written to; who was not asked has no row.';

CREATE TABLE public.companies (
    id uuid NOT NULL,
    name text NOT NULL,
    tax_id text,
    class public.contact_class DEFAULT 'unknown'::public.contact_class NOT NULL,
    responsible_id uuid,
    overdue numeric(14,2) DEFAULT 0 NOT NULL,
    source text DEFAULT 'manual'::text NOT NULL,
    external_id text,
    version bigint DEFAULT 1 NOT NULL,
    raw jsonb,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    city text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.contact_notes (
    id uuid NOT NULL,
    contact_id uuid,
    number text,
    call_id uuid,
    person_id uuid,
    person text NOT NULL,
    text text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT contact_notes_check CHECK (((contact_id IS NULL) <> (number IS NULL))),
    CONSTRAINT contact_notes_number_check CHECK ((number ~ '^\+[0-9]{5,15}$'::text)),
    CONSTRAINT contact_notes_text_check CHECK (((length(text) >= 1) AND (length(text) <= 4000)))
);

COMMENT ON COLUMN public.contact_notes.number IS 'Of a caller who is no contact; it is shown to whoever has this number.';

CREATE TABLE public.contact_phones (
    number text NOT NULL,
    contact_id uuid NOT NULL,
    kind text DEFAULT 'work'::text NOT NULL,
    CONSTRAINT contact_phones_number_check CHECK ((number ~ '^\+[0-9]{5,15}$'::text))
);

CREATE TABLE public.contacts (
    id uuid NOT NULL,
    company_id uuid,
    name text NOT NULL,
    class public.contact_class DEFAULT 'unknown'::public.contact_class NOT NULL,
    responsible_id uuid,
    deputy_id uuid,
    email text,
    vip boolean DEFAULT false NOT NULL,
    overdue numeric(14,2) DEFAULT 0 NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    source text DEFAULT 'manual'::text NOT NULL,
    external_id text,
    version bigint DEFAULT 1 NOT NULL,
    raw jsonb,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    restored_version bigint,
    restored_as bigint,
    city text DEFAULT ''::text NOT NULL,
    CONSTRAINT contacts_name_check CHECK ((length(name) <= 300))
);

COMMENT ON COLUMN public.contacts.overdue IS 'Overdue debt in roubles of this person alone; what the company owes is in companies.overdue.';

COMMENT ON COLUMN public.contacts.restored_version IS 'The version an undone import made; only while it is the contact''s version does restored_as hold.';

COMMENT ON COLUMN public.contacts.restored_as IS 'The version whose state it has again since then: who only changed it in between did not change it at all.';

COMMENT ON COLUMN public.contacts.city IS 'Empty: that of the company.';

CREATE VIEW public.contacts_shown AS
 SELECT c.id,
    c.name,
    co.name AS company,
    c.class,
    c.responsible_id AS responsible,
    c.deputy_id AS deputy,
    c.email,
    c.vip,
    c.overdue,
    c.note,
    c.source,
    c.external_id,
    c.version,
    c.updated_at,
    ARRAY( SELECT p.number
           FROM public.contact_phones p
          WHERE (p.contact_id = c.id)
          ORDER BY p.number) AS phones,
    COALESCE(NULLIF(c.city, ''::text), co.city, ''::text) AS city
   FROM (public.contacts c
     LEFT JOIN public.companies co ON ((co.id = c.company_id)))
  WHERE (c.deleted_at IS NULL);

COMMENT ON VIEW public.contacts_shown IS 'Contacts as pages and the API show them.';

CREATE TABLE public.cost_feeds (
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    login text NOT NULL,
    secret bytea NOT NULL,
    token bytea,
    level text NOT NULL,
    named text NOT NULL,
    source text NOT NULL,
    channel text NOT NULL,
    with_vat boolean NOT NULL,
    vat numeric(6,4),
    since date NOT NULL,
    active boolean NOT NULL,
    active_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    begun_at timestamp with time zone,
    held_until timestamp with time zone,
    next_day date,
    last_day date,
    report text DEFAULT ''::text NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    read_at timestamp with time zone,
    read_rows integer DEFAULT 0 NOT NULL,
    read_kept integer DEFAULT 0 NOT NULL,
    read_until date,
    rows_before integer DEFAULT 0 NOT NULL,
    kept_before integer DEFAULT 0 NOT NULL,
    trouble text DEFAULT ''::text NOT NULL,
    said text DEFAULT ''::text NOT NULL,
    trouble_at timestamp with time zone,
    CONSTRAINT cost_feeds_channel_check CHECK (((length(channel) >= 1) AND (length(channel) <= 200))),
    CONSTRAINT cost_feeds_check CHECK (((next_day IS NULL) = (last_day IS NULL))),
    CONSTRAINT cost_feeds_kind_check CHECK ((kind = ANY (ARRAY['direct'::text, 'vk'::text]))),
    CONSTRAINT cost_feeds_level_check CHECK ((level = ANY (ARRAY['campaign'::text, 'group'::text, 'keyword'::text]))),
    CONSTRAINT cost_feeds_login_check CHECK ((length(login) <= 100)),
    CONSTRAINT cost_feeds_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT cost_feeds_named_check CHECK ((named = ANY (ARRAY['id'::text, 'name'::text]))),
    CONSTRAINT cost_feeds_source_check CHECK (((length(source) >= 1) AND (length(source) <= 200)))
);

COMMENT ON COLUMN public.cost_feeds.secret IS 'Sealed: an OAuth token (Direct), a client_secret or a token (VK).';

COMMENT ON COLUMN public.cost_feeds.token IS 'Sealed: the last access token and its end. VK gives five a day.';

COMMENT ON COLUMN public.cost_feeds.named IS 'Which of a campaign''s fields stands as the campaign of its costs.';

COMMENT ON COLUMN public.cost_feeds.vat IS 'Percent; null: the law''s on each day.';

COMMENT ON COLUMN public.cost_feeds.begun_at IS 'When that node took it: what another took since is not written by the first.';

COMMENT ON COLUMN public.cost_feeds.held_until IS 'A node reads it until then; one that dies is followed by another.';

COMMENT ON COLUMN public.cost_feeds.next_day IS 'The first day that is left of a reading up to last_day; null: none is on.';

COMMENT ON COLUMN public.cost_feeds.report IS 'The name of the report that is being made there; asking again under it asks whether it is ready.';

COMMENT ON COLUMN public.cost_feeds.read_kept IS 'Rows of the last reading that a file or a program had told; they stay theirs.';

COMMENT ON COLUMN public.cost_feeds.rows_before IS 'Rows of the pieces of the reading that is on; kept_before likewise.';

CREATE TABLE public.crm_calls (
    connector_id uuid NOT NULL,
    call_id uuid NOT NULL,
    phone text NOT NULL,
    line text NOT NULL,
    outgoing boolean NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seats text[] DEFAULT '{}'::text[] NOT NULL,
    seatings integer DEFAULT 1 NOT NULL,
    user_id bigint,
    remote_id text,
    registered_at timestamp with time zone,
    shown bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    finished_at timestamp with time zone,
    activity text DEFAULT ''::text NOT NULL,
    entity text DEFAULT ''::text NOT NULL,
    record_id uuid,
    record_version text DEFAULT ''::text NOT NULL,
    record_at timestamp with time zone,
    transcript_id text DEFAULT ''::text NOT NULL,
    transcript_at timestamp with time zone,
    tried_at timestamp with time zone,
    retold_at timestamp with time zone
);

COMMENT ON TABLE public.crm_calls IS 'How far each call came in each CRM. The outbox delivers at least once; by this a call is there once.';

COMMENT ON COLUMN public.crm_calls.seats IS 'Extensions in the call now.';

COMMENT ON COLUMN public.crm_calls.seatings IS 'How often they changed.';

COMMENT ON COLUMN public.crm_calls.user_id IS 'Whom it is registered for: noted before the first try, for the CRM knows a repeat by it.';

COMMENT ON COLUMN public.crm_calls.shown IS 'In front of whom there the card was opened.';

COMMENT ON COLUMN public.crm_calls.entity IS 'What it belongs to there, as LEAD 12.';

COMMENT ON COLUMN public.crm_calls.record_id IS 'The recording it has there: one call takes one.';

COMMENT ON COLUMN public.crm_calls.record_version IS 'Of its sound: one in which more was silenced since takes its place.';

COMMENT ON COLUMN public.crm_calls.transcript_id IS 'Of its text there, which is told once.';

COMMENT ON COLUMN public.crm_calls.tried_at IS 'When it was last sent to its entity without an answer so far: it may be there.';

COMMENT ON COLUMN public.crm_calls.retold_at IS 'When it was found missing there and told again; that is done once.';

CREATE TABLE public.crm_clients (
    connector_id uuid NOT NULL,
    phone text NOT NULL,
    entity text NOT NULL,
    seen_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.crm_clients IS 'Who has a number there, as last seen or made by us: the search of a CRM lags behind what was written.';

CREATE TABLE public.crm_connectors (
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    portal text NOT NULL,
    oauth_url text NOT NULL,
    client_id text NOT NULL,
    secret bytea NOT NULL,
    active boolean DEFAULT false NOT NULL,
    enterprise boolean DEFAULT false NOT NULL,
    creates boolean DEFAULT true NOT NULL,
    default_user bigint,
    told_since timestamp with time zone,
    state_hash bytea,
    state_until timestamp with time zone,
    users_at timestamp with time zone,
    records text DEFAULT 'text'::text NOT NULL,
    callback_queue text,
    fills boolean DEFAULT true NOT NULL,
    reading_until timestamp with time zone,
    reconciled_at timestamp with time zone,
    hooks_at timestamp with time zone,
    tells text[] DEFAULT '{call.begun,call.answered,call.ended,call.recording,call.text,lead.touched,lead.taken,lead.closed}'::text[] NOT NULL,
    CONSTRAINT crm_connectors_client_id_check CHECK ((length(client_id) <= 200)),
    CONSTRAINT crm_connectors_kind_check CHECK ((kind = ANY (ARRAY['bitrix24'::text, 'amocrm'::text, 'onec'::text, 'generic'::text]))),
    CONSTRAINT crm_connectors_name_check CHECK ((name ~ '^[a-z0-9_-]{1,40}$'::text)),
    CONSTRAINT crm_connectors_oauth_url_check CHECK ((length(oauth_url) <= 300)),
    CONSTRAINT crm_connectors_portal_check CHECK (((length(portal) >= 8) AND (length(portal) <= 300))),
    CONSTRAINT crm_connectors_records_check CHECK ((records = ANY (ARRAY['none'::text, 'sound'::text, 'text'::text])))
);

COMMENT ON TABLE public.crm_connectors IS 'CRMs that calls are told to.';

COMMENT ON COLUMN public.crm_connectors.secret IS 'That of the application, sealed.';

COMMENT ON COLUMN public.crm_connectors.enterprise IS 'The plan that may ask five times a second.';

COMMENT ON COLUMN public.crm_connectors.creates IS 'Whether the CRM makes a lead of a number it does not know.';

COMMENT ON COLUMN public.crm_connectors.default_user IS 'Whose call it is there when no one of ours is known there; null: who signed in.';

COMMENT ON COLUMN public.crm_connectors.told_since IS 'Calls that began earlier are not told.';

COMMENT ON COLUMN public.crm_connectors.state_hash IS 'SHA-256 of the state of a sign-in that was begun; used once, until state_until.';

COMMENT ON COLUMN public.crm_connectors.users_at IS 'When its people were last read.';

COMMENT ON COLUMN public.crm_connectors.records IS 'What of recordings it is told: nothing, the sound, or the sound and its text.';

COMMENT ON COLUMN public.crm_connectors.callback_queue IS 'Who calls back those that ask for it on forms of the CRM; null: nobody.';

COMMENT ON COLUMN public.crm_connectors.fills IS 'Whether its contacts, companies, leads and deals are read into the mirror while it is connected.';

COMMENT ON COLUMN public.crm_connectors.reading_until IS 'A process reads it, until it says so or this moment comes.';

COMMENT ON COLUMN public.crm_connectors.reconciled_at IS 'When the last comparison of calls that went through, or goes on, began.';

COMMENT ON COLUMN public.crm_connectors.hooks_at IS 'When it was last looked at whether the CRM still posts to us.';

COMMENT ON COLUMN public.crm_connectors.tells IS 'Of which events a home-made CRM is told; the other kinds have their own rules.';

CREATE TABLE public.crm_deal_fields (
    connector_id uuid NOT NULL,
    role text NOT NULL,
    field text NOT NULL,
    title text NOT NULL,
    CONSTRAINT crm_deal_fields_field_check CHECK ((field ~ '^UF_CRM_[A-Z0-9_]{1,80}$'::text)),
    CONSTRAINT crm_deal_fields_role_check CHECK ((role = ANY (ARRAY['paid'::text, 'paid_percent'::text, 'shipped_percent'::text, 'deferred_until'::text]))),
    CONSTRAINT crm_deal_fields_title_check CHECK ((length(title) <= 200))
);

COMMENT ON TABLE public.crm_deal_fields IS 'Fields that a company added to deals in its CRM, by what they are here; chosen on the page of the CRM.';

COMMENT ON COLUMN public.crm_deal_fields.title IS 'As people call it there, when it was chosen.';

CREATE TABLE public.crm_events (
    connector_id uuid NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    heard_at timestamp with time zone NOT NULL,
    said jsonb NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    became text DEFAULT ''::text NOT NULL,
    dial_id uuid,
    CONSTRAINT crm_events_check CHECK (((state = 'over'::text) = (became <> ''::text))),
    CONSTRAINT crm_events_key_check CHECK (((length(key) >= 1) AND (length(key) <= 600))),
    CONSTRAINT crm_events_kind_check CHECK ((kind = ANY (ARRAY['click'::text, 'callback'::text]))),
    CONSTRAINT crm_events_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'dialling'::text, 'over'::text])))
);

COMMENT ON TABLE public.crm_events IS 'What a CRM asked us to do, once each: a call that somebody began there, a callback that was asked for there.';

COMMENT ON COLUMN public.crm_events.key IS 'What the same event has when it is posted again.';

COMMENT ON COLUMN public.crm_events.became IS 'What came of it: how its dial ended, callback, or the rule that refused.';

CREATE TABLE public.crm_hints (
    connector_id uuid NOT NULL,
    entity text NOT NULL,
    id bigint NOT NULL,
    heard_at timestamp with time zone NOT NULL,
    CONSTRAINT crm_hints_entity_check CHECK ((entity = ANY (ARRAY['companies'::text, 'contacts'::text, 'deals'::text])))
);

COMMENT ON TABLE public.crm_hints IS 'Records that a CRM said were touched; each goes once it was asked for. Nothing else it said is believed.';

CREATE TABLE public.crm_hooks (
    connector_id uuid NOT NULL,
    member_id text DEFAULT ''::text NOT NULL,
    token_hash bytea
);

COMMENT ON TABLE public.crm_hooks IS 'By what a CRM that tells us something proves itself, beside the secret of the address.';

COMMENT ON COLUMN public.crm_hooks.member_id IS 'The portal''s own id, of the sign-in; of the first event where that did not tell it.';

COMMENT ON COLUMN public.crm_hooks.token_hash IS 'SHA-256 of the application''s token, of the first event after the sign-in.';

CREATE TABLE public.crm_lead_news (
    id bigint NOT NULL,
    lead_id uuid NOT NULL,
    event text NOT NULL,
    touch_id uuid,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT crm_lead_news_event_check CHECK ((event = ANY (ARRAY['lead.touched'::text, 'lead.taken'::text, 'lead.closed'::text])))
);

COMMENT ON TABLE public.crm_lead_news IS 'Written in the transaction of what happened to a lead; the worker makes events of the outbox of it.';

ALTER TABLE public.crm_lead_news ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.crm_lead_news_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.crm_lines (
    connector_id uuid NOT NULL,
    number text NOT NULL,
    name text NOT NULL
);

COMMENT ON TABLE public.crm_lines IS 'Lines the CRM was told of, under which name.';

CREATE TABLE public.crm_mappings (
    connector_id uuid NOT NULL,
    body text NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    CONSTRAINT crm_mappings_body_check CHECK (((length(body) >= 1) AND (length(body) <= 65536)))
);

COMMENT ON TABLE public.crm_mappings IS 'The mapping file of each home-made CRM, as it was written; without a row it has the default one.';

CREATE TABLE public.crm_mirrors (
    connector_id uuid NOT NULL,
    entity text NOT NULL,
    source text NOT NULL,
    since timestamp with time zone,
    delta_id bigint DEFAULT 0 NOT NULL,
    delta_at timestamp with time zone,
    sweep_id bigint,
    sweep_at timestamp with time zone,
    swept_at timestamp with time zone,
    read bigint DEFAULT 0 NOT NULL,
    unread bigint DEFAULT 0 NOT NULL,
    gone bigint DEFAULT 0 NOT NULL,
    trouble text DEFAULT ''::text NOT NULL,
    doubt text DEFAULT ''::text NOT NULL,
    looked_at timestamp with time zone,
    believed boolean DEFAULT false NOT NULL,
    CONSTRAINT crm_mirrors_entity_check CHECK ((entity = ANY (ARRAY['companies'::text, 'contacts'::text, 'leads'::text, 'deals'::text])))
);

COMMENT ON TABLE public.crm_mirrors IS 'How far each entity of a CRM is read into the mirror; moved in the transaction of the rows it covers.';

COMMENT ON COLUMN public.crm_mirrors.source IS 'The source its rows carry: another portal is another source, and is read from the start.';

COMMENT ON COLUMN public.crm_mirrors.since IS 'What changed there before this moment, by the CRM''s clock, is here; null: nothing was read yet.';

COMMENT ON COLUMN public.crm_mirrors.delta_id IS 'Of what changed since then, all up to this id is read.';

COMMENT ON COLUMN public.crm_mirrors.delta_at IS 'When the reading of changes that goes on began, by the CRM''s clock.';

COMMENT ON COLUMN public.crm_mirrors.sweep_id IS 'The reading of everything came to this id; null: none goes on.';

COMMENT ON COLUMN public.crm_mirrors.sweep_at IS 'When it began.';

COMMENT ON COLUMN public.crm_mirrors.swept_at IS 'When the last one that came to its end began.';

COMMENT ON COLUMN public.crm_mirrors.unread IS 'Records that could not be read.';

COMMENT ON COLUMN public.crm_mirrors.gone IS 'Rows whose record a sweep did not find any more.';

COMMENT ON COLUMN public.crm_mirrors.trouble IS 'Why it does not go on, in words.';

COMMENT ON COLUMN public.crm_mirrors.doubt IS 'Why what is not seen any more is not taken for gone, in words.';

COMMENT ON COLUMN public.crm_mirrors.believed IS 'What the next reading of everything does not show is gone, however much it is: reading was switched on anew.';

CREATE TABLE public.crm_onec (
    connector_id uuid NOT NULL,
    source text NOT NULL,
    turn integer DEFAULT 0 NOT NULL,
    layout text DEFAULT 'none'::text NOT NULL,
    mapping text DEFAULT ''::text NOT NULL,
    history text DEFAULT ''::text NOT NULL,
    since date DEFAULT '2017-01-01'::date NOT NULL,
    heard_at timestamp with time zone,
    saved bigint DEFAULT 0 NOT NULL,
    refused bigint DEFAULT 0 NOT NULL,
    refusal text DEFAULT ''::text NOT NULL,
    CONSTRAINT crm_onec_history_check CHECK ((length(history) <= 300)),
    CONSTRAINT crm_onec_layout_check CHECK ((layout = ANY (ARRAY['none'::text, 'ut11'::text, 'bp3'::text, 'own'::text]))),
    CONSTRAINT crm_onec_mapping_check CHECK ((length(mapping) <= 20000))
);

COMMENT ON TABLE public.crm_onec IS 'What a 1C base is set up with beside its address, its user and his password.';

COMMENT ON COLUMN public.crm_onec.source IS 'The source its rows carry, whatever its address or name is later: ids there are its own for ever.';

COMMENT ON COLUMN public.crm_onec.turn IS 'How often the secret that it sends was made anew.';

COMMENT ON COLUMN public.crm_onec.layout IS 'Which published sets are read by OData: none, those of a usual configuration, or those of mapping.';

COMMENT ON COLUMN public.crm_onec.mapping IS 'Which sets and fields are which of ours (TOML), where they are not those of the layout.';

COMMENT ON COLUMN public.crm_onec.history IS 'The base of an HTTP service of 1C that answers history; empty: there is none.';

COMMENT ON COLUMN public.crm_onec.since IS 'Documents from this day on are read.';

COMMENT ON COLUMN public.crm_onec.heard_at IS 'When it last sent rows.';

COMMENT ON COLUMN public.crm_onec.refusal IS 'Why the last row that was refused was, in words.';

CREATE TABLE public.crm_onec_places (
    connector_id uuid NOT NULL,
    part text NOT NULL,
    place text DEFAULT ''::text NOT NULL,
    begun_at timestamp with time zone,
    whole_at timestamp with time zone,
    read_at timestamp with time zone,
    read bigint DEFAULT 0 NOT NULL,
    unread bigint DEFAULT 0 NOT NULL,
    trouble text DEFAULT ''::text NOT NULL,
    CONSTRAINT crm_onec_places_part_check CHECK ((part = ANY (ARRAY['companies'::text, 'orders'::text, 'states'::text, 'payments'::text, 'debts'::text, 'history'::text])))
);

COMMENT ON TABLE public.crm_onec_places IS 'How far each part of a 1C base is read; moved in the transaction of the rows it covers.';

COMMENT ON COLUMN public.crm_onec_places.place IS 'Where the reading of everything goes on: rows to skip, or the cursor 1C gave; empty: from the start.';

COMMENT ON COLUMN public.crm_onec_places.begun_at IS 'When the reading of everything that goes on began; null: none does.';

COMMENT ON COLUMN public.crm_onec_places.whole_at IS 'When the last one that came to its end began.';

COMMENT ON COLUMN public.crm_onec_places.read_at IS 'When anything of it was last read without trouble.';

COMMENT ON COLUMN public.crm_onec_places.trouble IS 'Why it does not go on, in words.';

CREATE TABLE public.crm_onec_rows (
    source text NOT NULL,
    kind text NOT NULL,
    external_id text NOT NULL,
    version bigint NOT NULL,
    fingerprint bytea NOT NULL,
    CONSTRAINT crm_onec_rows_kind_check CHECK ((kind = ANY (ARRAY['counterparty'::text, 'order'::text, 'state'::text, 'payment'::text, 'debt'::text])))
);

COMMENT ON TABLE public.crm_onec_rows IS 'The newest version of each record that 1C told, also of those that are gone: an older one never comes back.';

COMMENT ON COLUMN public.crm_onec_rows.fingerprint IS 'SHA-256 of what it said: a repeat is told from another record of the same version.';

CREATE TABLE public.crm_onec_waiting (
    source text NOT NULL,
    kind text NOT NULL,
    external_id text NOT NULL,
    field text NOT NULL,
    key text NOT NULL,
    CONSTRAINT crm_onec_waiting_field_check CHECK ((field = ANY (ARRAY['counterparty'::text, 'order'::text])))
);

COMMENT ON TABLE public.crm_onec_waiting IS 'Records that name another one that has not come yet: they are joined when it does.';

CREATE TABLE public.crm_people (
    connector_id uuid NOT NULL,
    user_id bigint NOT NULL,
    name text NOT NULL,
    email text NOT NULL
);

COMMENT ON TABLE public.crm_people IS 'Who works in a CRM that knows no extensions, as last read.';

CREATE TABLE public.crm_pulled (
    connector_id uuid NOT NULL,
    entity text NOT NULL,
    external_id text NOT NULL
);

COMMENT ON TABLE public.crm_pulled IS 'What the whole reading that goes on has shown so far: what it does not show to its end is gone.';

CREATE TABLE public.crm_pulls (
    connector_id uuid NOT NULL,
    entity text NOT NULL,
    source text NOT NULL,
    since timestamp with time zone,
    next text DEFAULT ''::text NOT NULL,
    began_at timestamp with time zone,
    whole boolean DEFAULT false NOT NULL,
    swept_at timestamp with time zone,
    read bigint DEFAULT 0 NOT NULL,
    refused bigint DEFAULT 0 NOT NULL,
    gone bigint DEFAULT 0 NOT NULL,
    trouble text DEFAULT ''::text NOT NULL,
    looked_at timestamp with time zone,
    shown_from timestamp with time zone
);

COMMENT ON TABLE public.crm_pulls IS 'How far each entity of a home-made CRM is fetched; moved in the transaction of the rows it covers.';

COMMENT ON COLUMN public.crm_pulls.since IS 'What changed there before this moment is here; null: nothing was fetched yet.';

COMMENT ON COLUMN public.crm_pulls.next IS 'The page at which the reading that goes on comes next; empty: none goes on.';

COMMENT ON COLUMN public.crm_pulls.began_at IS 'When that reading began.';

COMMENT ON COLUMN public.crm_pulls.whole IS 'That reading is of everything there is.';

COMMENT ON COLUMN public.crm_pulls.swept_at IS 'When the last whole one that came to its end began.';

COMMENT ON COLUMN public.crm_pulls.shown_from IS 'began_at by the database''s clock, by which rows are dated: who came since is not gone.';

CREATE TABLE public.crm_reconciliations (
    connector_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    sent integer NOT NULL,
    waiting integer NOT NULL,
    given_up integer NOT NULL,
    missing integer NOT NULL,
    retold integer NOT NULL,
    duplicates integer NOT NULL,
    elsewhere integer NOT NULL,
    found jsonb NOT NULL
);

COMMENT ON TABLE public.crm_reconciliations IS 'What came of comparing the calls that began from since to before until.';

COMMENT ON COLUMN public.crm_reconciliations.elsewhere IS 'Calls that belong to something else there than we were told.';

COMMENT ON COLUMN public.crm_reconciliations.found IS 'Of what is not as it should be the first hundred: call, what, words.';

CREATE TABLE public.crm_tokens (
    connector_id uuid NOT NULL,
    access bytea NOT NULL,
    refresh bytea NOT NULL,
    until timestamp with time zone NOT NULL,
    endpoint text NOT NULL,
    user_id bigint NOT NULL,
    renewed_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.crm_tokens IS 'The pair of tokens of each sign-in, sealed. The row is locked while a new pair is asked for: the old one dies with that.';

COMMENT ON COLUMN public.crm_tokens.user_id IS 'Who signed in.';

CREATE TABLE public.crm_users (
    connector_id uuid NOT NULL,
    extension text NOT NULL,
    user_id bigint NOT NULL,
    name text NOT NULL,
    chosen boolean DEFAULT false NOT NULL
);

COMMENT ON TABLE public.crm_users IS 'Who has which extension there, as last read.';

COMMENT ON COLUMN public.crm_users.chosen IS 'Said by a person on our page: reading the CRM anew leaves it.';

CREATE TABLE public.dealer_overlaps (
    id uuid NOT NULL,
    customer_key text NOT NULL,
    article text NOT NULL,
    customer text NOT NULL,
    state text DEFAULT 'suspected'::text NOT NULL,
    dealers integer NOT NULL,
    found_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    decided_by uuid,
    CONSTRAINT dealer_overlaps_state_check CHECK ((state = ANY (ARRAY['suspected'::text, 'confirmed'::text, 'rejected'::text, 'closed'::text])))
);

COMMENT ON TABLE public.dealer_overlaps IS 'Several dealers, one end customer and article: proposed to the product manager.';

COMMENT ON COLUMN public.dealer_overlaps.state IS 'closed: was confirmed, and nobody has had the customer for the days of the window.';

COMMENT ON COLUMN public.dealer_overlaps.dealers IS 'How many there were when it was found, or rejected: it is proposed again when there are more.';

CREATE TABLE public.deals (
    id uuid NOT NULL,
    source text NOT NULL,
    external_id text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    lead_id uuid,
    contact_id uuid,
    company_id uuid,
    department_id uuid,
    title text DEFAULT ''::text NOT NULL,
    stage text DEFAULT 'new'::text NOT NULL,
    amount numeric(14,2) DEFAULT 0 NOT NULL,
    responsible_id uuid,
    opened_at timestamp with time zone DEFAULT now() NOT NULL,
    closed_at timestamp with time zone,
    raw jsonb,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    document_url text,
    CONSTRAINT deals_document_url_check CHECK ((document_url ~* '^https?://'::text))
);

CREATE TABLE public.debts (
    id uuid NOT NULL,
    source text NOT NULL,
    external_id text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    company_id uuid,
    contact_id uuid,
    amount numeric(14,2) NOT NULL,
    overdue numeric(14,2) DEFAULT 0 NOT NULL,
    overdue_days integer DEFAULT 0 NOT NULL,
    due_on date,
    raw jsonb,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT debts_check CHECK (((company_id IS NULL) <> (contact_id IS NULL)))
);

COMMENT ON TABLE public.debts IS 'What is owed now; its overdue part is summed into companies.overdue and contacts.overdue.';

CREATE TABLE public.decisions (
    call_id uuid NOT NULL,
    turn smallint NOT NULL,
    at timestamp with time zone NOT NULL,
    pbx text NOT NULL,
    linkedid text NOT NULL,
    caller text NOT NULL,
    line text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    targets text[] NOT NULL,
    ring_seconds integer NOT NULL,
    wait_seconds integer NOT NULL,
    priority integer NOT NULL,
    caller_name text NOT NULL,
    sound text NOT NULL,
    next text NOT NULL,
    rule text NOT NULL,
    degraded text[] NOT NULL,
    status text NOT NULL,
    queue text NOT NULL,
    digits text NOT NULL,
    plan bigint NOT NULL,
    micros integer NOT NULL,
    trace jsonb NOT NULL,
    facts jsonb,
    advised jsonb,
    asked_at timestamp with time zone,
    CONSTRAINT decisions_next_check CHECK ((next = ANY (ARRAY['ask'::text, 'end'::text]))),
    CONSTRAINT decisions_turn_check CHECK (((turn >= 1) AND (turn <= 8)))
)
PARTITION BY RANGE (call_id);

COMMENT ON COLUMN public.decisions.call_id IS 'The id of the call, made of pbx and linkedid as in calls: a decision may be there before its call.';

COMMENT ON COLUMN public.decisions.status IS 'How the action of the turn before ended, as the PBX said.';

COMMENT ON COLUMN public.decisions.facts IS 'The facts the rules saw then, so that another plan can be tried on them later.';

COMMENT ON COLUMN public.decisions.advised IS 'The decision a line in advise mode would have got: action, target, targets, rule, trace.';

COMMENT ON COLUMN public.decisions.asked_at IS 'When the call came in, where the PBX said so; else it is `at`.';

CREATE TABLE public.departments (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    parent_id uuid,
    head_id uuid,
    CONSTRAINT departments_check CHECK ((parent_id <> id))
);

COMMENT ON COLUMN public.departments.parent_id IS 'Above it; no more than four stand one below another.';

COMMENT ON COLUMN public.departments.head_id IS 'Sees what is of it and of all below it, and is told what is late there.';

CREATE VIEW public.department_heads AS
 SELECT department.id AS department_id,
    COALESCE(absent.deputy_id, department.head_id) AS person_id
   FROM (public.departments department
     LEFT JOIN LATERAL ( SELECT absences.deputy_id
           FROM public.absences
          WHERE ((absences.person_id = department.head_id) AND (absences.starts_at <= now()) AND (absences.ends_at > now()))
          ORDER BY absences.ends_at DESC
         LIMIT 1) absent ON (true))
  WHERE (department.head_id IS NOT NULL);

COMMENT ON VIEW public.department_heads IS 'Who is told as the head of a department now: its head, or who stands in while he is away. It widens no scope.';

CREATE VIEW public.department_tree AS
 SELECT departments.id AS department_id,
    departments.id AS above_id,
    0 AS steps
   FROM public.departments
UNION ALL
 SELECT departments.id AS department_id,
    departments.parent_id AS above_id,
    1 AS steps
   FROM public.departments
  WHERE (departments.parent_id IS NOT NULL)
UNION ALL
 SELECT one.id AS department_id,
    two.parent_id AS above_id,
    2 AS steps
   FROM (public.departments one
     JOIN public.departments two ON ((two.id = one.parent_id)))
  WHERE (two.parent_id IS NOT NULL)
UNION ALL
 SELECT one.id AS department_id,
    three.parent_id AS above_id,
    3 AS steps
   FROM ((public.departments one
     JOIN public.departments two ON ((two.id = one.parent_id)))
     JOIN public.departments three ON ((three.id = two.parent_id)))
  WHERE (three.parent_id IS NOT NULL);

COMMENT ON VIEW public.department_tree IS 'Each department with itself and those above it, and how many steps above.';

CREATE TABLE public.dial_rules (
    only_one boolean DEFAULT true NOT NULL,
    active boolean DEFAULT true NOT NULL,
    allowed text[] DEFAULT '{RU}'::text[] NOT NULL,
    denied text[] DEFAULT '{+7803,+7809,+7954,+7840,+7940}'::text[] NOT NULL,
    number_calls integer DEFAULT 10 NOT NULL,
    number_minutes integer DEFAULT 240 NOT NULL,
    ip_calls integer DEFAULT 1000 NOT NULL,
    ip_minutes integer DEFAULT 4000 NOT NULL,
    day_calls integer DEFAULT 2000 NOT NULL,
    day_minutes integer DEFAULT 8000 NOT NULL,
    longest_minutes integer DEFAULT 60 NOT NULL,
    ring_seconds integer DEFAULT 30 NOT NULL,
    callback_attempts smallint DEFAULT 3 NOT NULL,
    callback_pause_minutes smallint DEFAULT 15 NOT NULL,
    callback_short_seconds smallint DEFAULT 10 NOT NULL,
    callback_opens smallint DEFAULT 9 NOT NULL,
    callback_closes smallint DEFAULT 21 NOT NULL,
    callback_keep_hours smallint DEFAULT 48 NOT NULL,
    contact_most integer DEFAULT 0 NOT NULL,
    contact_days integer DEFAULT 7 NOT NULL,
    CONSTRAINT dial_rules_allowed_check CHECK ((cardinality(allowed) <= 100)),
    CONSTRAINT dial_rules_callback_attempts_check CHECK (((callback_attempts >= 1) AND (callback_attempts <= 20))),
    CONSTRAINT dial_rules_callback_closes_check CHECK (((callback_closes >= 1) AND (callback_closes <= 24))),
    CONSTRAINT dial_rules_callback_keep_hours_check CHECK (((callback_keep_hours >= 1) AND (callback_keep_hours <= 720))),
    CONSTRAINT dial_rules_callback_opens_check CHECK (((callback_opens >= 0) AND (callback_opens <= 23))),
    CONSTRAINT dial_rules_callback_pause_minutes_check CHECK (((callback_pause_minutes >= 1) AND (callback_pause_minutes <= 1440))),
    CONSTRAINT dial_rules_callback_short_seconds_check CHECK (((callback_short_seconds >= 0) AND (callback_short_seconds <= 300))),
    CONSTRAINT dial_rules_check CHECK ((callback_opens < callback_closes)),
    CONSTRAINT dial_rules_contact_days_check CHECK (((contact_days >= 1) AND (contact_days <= 90))),
    CONSTRAINT dial_rules_contact_most_check CHECK (((contact_most >= 0) AND (contact_most <= 1000))),
    CONSTRAINT dial_rules_day_calls_check CHECK (((day_calls >= 0) AND (day_calls <= 1000000))),
    CONSTRAINT dial_rules_day_minutes_check CHECK (((day_minutes >= 0) AND (day_minutes <= 1000000))),
    CONSTRAINT dial_rules_denied_check CHECK ((cardinality(denied) <= 100)),
    CONSTRAINT dial_rules_ip_calls_check CHECK (((ip_calls >= 0) AND (ip_calls <= 1000000))),
    CONSTRAINT dial_rules_ip_minutes_check CHECK (((ip_minutes >= 0) AND (ip_minutes <= 1000000))),
    CONSTRAINT dial_rules_longest_minutes_check CHECK (((longest_minutes >= 1) AND (longest_minutes <= 600))),
    CONSTRAINT dial_rules_number_calls_check CHECK (((number_calls >= 0) AND (number_calls <= 1000000))),
    CONSTRAINT dial_rules_number_minutes_check CHECK (((number_minutes >= 0) AND (number_minutes <= 1000000))),
    CONSTRAINT dial_rules_only_one_check CHECK (only_one),
    CONSTRAINT dial_rules_ring_seconds_check CHECK (((ring_seconds >= 5) AND (ring_seconds <= 120)))
);

COMMENT ON TABLE public.dial_rules IS 'The one row is also the lock under which dials are counted and accepted.';

COMMENT ON COLUMN public.dial_rules.active IS 'The kill switch: while false nothing is originated.';

COMMENT ON COLUMN public.dial_rules.allowed IS 'Countries (RU: its geographic and mobile numbers) and prefixes (+7800).';

COMMENT ON COLUMN public.dial_rules.denied IS 'Prefixes that are never dialled, whatever is allowed.';

COMMENT ON COLUMN public.dial_rules.longest_minutes IS 'Every call is cut after so long, and counts so much until it is over.';

COMMENT ON COLUMN public.dial_rules.callback_short_seconds IS 'A talk shorter than this reached a voicemail, not the client.';

COMMENT ON COLUMN public.dial_rules.callback_opens IS 'Hours of the client''s own zone in which he is called.';

COMMENT ON COLUMN public.dial_rules.contact_most IS 'Calls of ours to one number within contact_days, counted from his last own call; 0: no cap.';

CREATE TABLE public.dials (
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    idem text,
    number text NOT NULL,
    line text DEFAULT ''::text NOT NULL,
    pbx text NOT NULL,
    agent text NOT NULL,
    person_id uuid,
    by_id uuid,
    ip inet,
    longest_seconds integer NOT NULL,
    ring_seconds integer NOT NULL,
    channel text NOT NULL,
    call_id uuid NOT NULL,
    state text DEFAULT 'accepted'::text NOT NULL,
    outcome text DEFAULT ''::text NOT NULL,
    why text DEFAULT ''::text NOT NULL,
    sent_at timestamp with time zone,
    answered_at timestamp with time zone,
    ended_at timestamp with time zone,
    talk_seconds integer DEFAULT 0 NOT NULL,
    callback_id uuid,
    legs smallint DEFAULT 1 NOT NULL,
    told_call text DEFAULT ''::text NOT NULL,
    CONSTRAINT dials_check CHECK (((state = 'ended'::text) = (outcome <> ''::text))),
    CONSTRAINT dials_check1 CHECK (((state = ANY (ARRAY['accepted'::text, 'ended'::text])) OR (sent_at IS NOT NULL))),
    CONSTRAINT dials_idem_check CHECK (((length(idem) >= 1) AND (length(idem) <= 200))),
    CONSTRAINT dials_legs_check CHECK (((legs >= 1) AND (legs <= 2))),
    CONSTRAINT dials_longest_seconds_check CHECK ((longest_seconds > 0)),
    CONSTRAINT dials_ring_seconds_check CHECK ((ring_seconds > 0)),
    CONSTRAINT dials_state_check CHECK ((state = ANY (ARRAY['accepted'::text, 'sent'::text, 'ringing'::text, 'dialling'::text, 'talking'::text, 'ended'::text])))
);

COMMENT ON TABLE public.dials IS 'Each call of ours that the guard let through. Sent is written before anything is said to the PBX, so no row is dialled twice.';

COMMENT ON COLUMN public.dials.idem IS 'The Idempotency-Key it was asked with, after the id of who asked.';

COMMENT ON COLUMN public.dials.channel IS 'The unique id its channel gets in the PBX, by which an unknown outcome is looked up.';

COMMENT ON COLUMN public.dials.call_id IS 'Its row in calls, once the story tells of it: derived from pbx and channel, or found by what a hosted PBX tells.';

COMMENT ON COLUMN public.dials.legs IS '2: the agent works on a number outside; both legs count into the caps of the day and of the address.';

COMMENT ON COLUMN public.dials.told_call IS 'The id of its call in the story, where the PBX that was asked has answered with one.';

CREATE TABLE public.dictionaries (
    id uuid NOT NULL,
    place integer NOT NULL,
    name text NOT NULL,
    tag text NOT NULL,
    category text DEFAULT ''::text NOT NULL,
    side text DEFAULT 'any'::text NOT NULL,
    said text DEFAULT ''::text NOT NULL,
    also text DEFAULT ''::text NOT NULL,
    unsaid text DEFAULT ''::text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT dictionaries_category_check CHECK ((length(category) <= 40)),
    CONSTRAINT dictionaries_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT dictionaries_side_check CHECK ((side = ANY (ARRAY['any'::text, 'agent'::text, 'client'::text]))),
    CONSTRAINT dictionaries_tag_check CHECK (((length(tag) >= 1) AND (length(tag) <= 40)))
);

COMMENT ON TABLE public.dictionaries IS 'Phrases one a line (recordings/phrases.py) that give a recording its tag; the first by place that fits gives its category.';

CREATE TABLE public.dictionaries_version (
    single boolean DEFAULT true NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT dictionaries_version_single_check CHECK (single)
);

COMMENT ON TABLE public.dictionaries_version IS 'Counts changes of dictionaries: whoever changes one counts first, whoever tags shares it until his commit.';

CREATE TABLE public.directory_changes (
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    kind text NOT NULL,
    key text DEFAULT ''::text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT directory_changes_kind_check CHECK ((kind = ANY (ARRAY['contact'::text, 'spam'::text, 'talk'::text, 'head'::text, 'all'::text])))
);

COMMENT ON TABLE public.directory_changes IS 'Which keys changed in which transaction. What they became is read from the tables themselves, so a deletion needs no more than its key.';

COMMENT ON COLUMN public.directory_changes.key IS 'The number of a contact or spam number; empty for head and all.';

CREATE VIEW public.directory_contacts AS
 SELECT p.number,
    c.id,
    c.name,
    COALESCE(co.name, ''::text) AS company,
        CASE
            WHEN (c.class = 'unknown'::public.contact_class) THEN COALESCE(co.class, 'unknown'::public.contact_class)
            ELSE c.class
        END AS class,
    COALESCE(c.responsible_id, co.responsible_id) AS responsible_id,
    c.deputy_id,
    c.vip,
    (ceil((c.overdue + COALESCE(co.overdue, (0)::numeric))))::bigint AS overdue,
    "left"(COALESCE(NULLIF(btrim(c.city), ''::text), btrim(co.city), ''::text), 100) AS city
   FROM ((public.contact_phones p
     JOIN public.contacts c ON (((c.id = p.contact_id) AND (c.deleted_at IS NULL))))
     LEFT JOIN public.companies co ON (((co.id = c.company_id) AND (co.deleted_at IS NULL))));

COMMENT ON VIEW public.directory_contacts IS 'What a call needs to know of everybody a number belongs to; one row a number and contact.';

CREATE TABLE public.directory_pruned (
    the_row boolean DEFAULT true NOT NULL,
    below xid8 DEFAULT '0'::xid8 NOT NULL,
    CONSTRAINT directory_pruned_the_row_check CHECK (the_row)
);

COMMENT ON TABLE public.directory_pruned IS 'Changes up to this transaction may be gone: a directory file read earlier must be built anew.';

CREATE TABLE public.do_not_call (
    number text NOT NULL,
    reason text NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    person_id uuid,
    person text NOT NULL,
    CONSTRAINT do_not_call_number_check CHECK ((number ~ '^\+[0-9]{7,15}$'::text)),
    CONSTRAINT do_not_call_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 300)))
);

COMMENT ON TABLE public.do_not_call IS 'Who asked not to be called, when it was written down, and by whom.';

CREATE TABLE public.erasures (
    id uuid NOT NULL,
    mark bytea NOT NULL,
    at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    person_id uuid,
    person text NOT NULL,
    via text NOT NULL,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    found jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT erasures_mark_check CHECK ((length(mark) = 16))
);

COMMENT ON TABLE public.erasures IS 'Each time a number was erased: by whom, how many rows of each table, and what is left elsewhere. The number is not kept.';

COMMENT ON COLUMN public.erasures.mark IS 'Of the number, made with the key of the installation: whoever has both can tell whether it is this one.';

COMMENT ON COLUMN public.erasures.counts IS 'Rows by table, things by kind: what was erased or emptied.';

COMMENT ON COLUMN public.erasures.found IS 'What is left, where, and why: see trunkline/erasing/proof.py.';

CREATE TABLE public.expert_rules (
    only_one boolean DEFAULT true NOT NULL,
    mail_minutes integer DEFAULT 15 NOT NULL,
    CONSTRAINT expert_rules_mail_minutes_check CHECK (((mail_minutes >= 1) AND (mail_minutes <= 1440))),
    CONSTRAINT expert_rules_only_one_check CHECK (only_one)
);

COMMENT ON TABLE public.expert_rules IS 'After how long without an answer who was asked gets an e-mail.';

CREATE TABLE public.expert_topic_people (
    topic_id uuid NOT NULL,
    person_id uuid NOT NULL
);

CREATE TABLE public.expert_topics (
    id uuid NOT NULL,
    name text NOT NULL,
    CONSTRAINT expert_topics_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

CREATE TABLE public.export_batches (
    id uuid NOT NULL,
    destination_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    rows integer NOT NULL,
    sent_at timestamp with time zone,
    remote_id text DEFAULT ''::text NOT NULL,
    remote_state text DEFAULT ''::text NOT NULL,
    joined integer,
    checked_at timestamp with time zone
);

COMMENT ON COLUMN public.export_batches.joined IS 'How many of its rows the other side took and matched; null: it has not said yet, or never says.';

CREATE TABLE public.export_counts (
    destination_id uuid NOT NULL,
    day date NOT NULL,
    number text NOT NULL,
    calls integer NOT NULL
);

COMMENT ON TABLE public.export_counts IS 'Calls of a line that Metrica joined to visits of a day, as its Reporting API says.';

CREATE TABLE public.export_destinations (
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    site_id uuid,
    account text NOT NULL,
    goal text NOT NULL,
    secret bytea,
    "least" smallint DEFAULT 50 NOT NULL,
    active boolean DEFAULT false NOT NULL,
    abroad_at timestamp with time zone,
    abroad_by text DEFAULT ''::text NOT NULL,
    counted_at timestamp with time zone,
    CONSTRAINT export_destinations_account_check CHECK (((length(account) >= 1) AND (length(account) <= 100))),
    CONSTRAINT export_destinations_check CHECK (((kind <> ALL (ARRAY['ga4'::text, 'ga4_payments'::text, 'google_calls'::text, 'google_forms'::text, 'google_payments'::text])) OR (NOT active) OR (abroad_at IS NOT NULL))),
    CONSTRAINT export_destinations_goal_check CHECK ((length(goal) <= 100)),
    CONSTRAINT export_destinations_kind_check CHECK ((kind = ANY (ARRAY['ga4'::text, 'ga4_payments'::text, 'google_calls'::text, 'google_forms'::text, 'google_payments'::text, 'metrica_calls'::text, 'metrica_conversions'::text, 'metrica_payments'::text, 'vk'::text, 'vk_payments'::text]))),
    CONSTRAINT export_destinations_least_check CHECK ((("least" >= 0) AND ("least" <= 100))),
    CONSTRAINT export_destinations_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

COMMENT ON COLUMN public.export_destinations.site_id IS 'Null: of every site.';

COMMENT ON COLUMN public.export_destinations.secret IS 'Sealed.';

COMMENT ON COLUMN public.export_destinations."least" IS 'Percent of confidence from which calls are told.';

COMMENT ON COLUMN public.export_destinations.abroad_at IS 'When an administrator confirmed that data may be sent abroad; nothing is sent there before.';

COMMENT ON COLUMN public.export_destinations.counted_at IS 'When its system was last asked how many calls it counts by line.';

CREATE TABLE public.export_payments (
    payment_id uuid NOT NULL,
    paid_on date NOT NULL
);

COMMENT ON TABLE public.export_payments IS 'Payments that are new or changed, to be looked at once their day has come.';

CREATE TABLE public.exports (
    id uuid NOT NULL,
    destination_id uuid NOT NULL,
    subject text NOT NULL,
    at timestamp with time zone NOT NULL,
    payload jsonb NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    why text DEFAULT ''::text NOT NULL,
    batch_id uuid,
    CONSTRAINT exports_check CHECK (((state = ANY (ARRAY['queued'::text, 'sent'::text])) = (batch_id IS NOT NULL))),
    CONSTRAINT exports_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'queued'::text, 'sent'::text, 'unfit'::text])))
);

COMMENT ON COLUMN public.exports.why IS 'Why it does not fit, by name.';

CREATE TABLE public.first_steps_left (
    step text NOT NULL,
    at timestamp with time zone NOT NULL,
    person_id uuid,
    CONSTRAINT first_steps_left_step_check CHECK ((step ~ '^[a-z]{1,20}$'::text))
);

COMMENT ON TABLE public.first_steps_left IS 'First steps left out for now; the row "way" ends them all: by a person, or, with nobody, because everything was done.';

CREATE TABLE public.google_accounts (
    person_id uuid NOT NULL,
    refresh bytea NOT NULL,
    access bytea NOT NULL,
    until timestamp with time zone NOT NULL,
    staff boolean NOT NULL,
    contacts text NOT NULL,
    contact_group text,
    connected_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    turn bigint DEFAULT 0 NOT NULL,
    looked_at timestamp with time zone,
    doubt boolean DEFAULT false NOT NULL,
    leaving boolean DEFAULT false NOT NULL,
    trouble text,
    done_at timestamp with time zone,
    CONSTRAINT google_accounts_contacts_check CHECK ((contacts = ANY (ARRAY['none'::text, 'mine'::text, 'all'::text])))
);

COMMENT ON TABLE public.google_accounts IS 'Employees'' Google accounts that hold copies of staff and contacts.';

COMMENT ON COLUMN public.google_accounts.contacts IS 'Which are copied besides staff: none, those whose responsible or deputy he is, all.';

COMMENT ON COLUMN public.google_accounts.contact_group IS 'Our label there, contactGroups/….';

COMMENT ON COLUMN public.google_accounts.due_at IS 'When it is to be compared again; pushed on while a turn is under way.';

COMMENT ON COLUMN public.google_accounts.turn IS 'Counted up by whoever begins one: what another began writes nothing more.';

COMMENT ON COLUMN public.google_accounts.looked_at IS 'When what is there was last listed.';

COMMENT ON COLUMN public.google_accounts.doubt IS 'Contacts were sent whose answer did not come: what is there is listed before anything else is sent.';

COMMENT ON COLUMN public.google_accounts.leaving IS 'What we put there is taken out, and then this row.';

COMMENT ON COLUMN public.google_accounts.trouble IS 'A word of crm_sync.google.wire.Trouble; null while it goes well.';

CREATE TABLE public.google_app (
    single boolean DEFAULT true NOT NULL,
    client_id text NOT NULL,
    secret bytea NOT NULL,
    CONSTRAINT google_app_client_id_check CHECK (((length(client_id) >= 10) AND (length(client_id) <= 200))),
    CONSTRAINT google_app_single_check CHECK (single)
);

COMMENT ON TABLE public.google_app IS 'The OAuth client of the company at Google, with which employees let us into their contacts.';

COMMENT ON COLUMN public.google_app.secret IS 'Sealed.';

CREATE TABLE public.google_cards (
    person_id uuid NOT NULL,
    uid text NOT NULL,
    resource text NOT NULL,
    source text NOT NULL,
    etag text NOT NULL,
    content text NOT NULL
);

COMMENT ON TABLE public.google_cards IS 'What of ours is in an account: whose it is, its names there, and a hash of what was written.';

CREATE TABLE public.google_sign_ins (
    person_id uuid NOT NULL,
    state_hash bytea NOT NULL,
    until timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.google_sign_ins IS 'Sign-ins at Google that were begun: SHA-256 of the state, used once.';

CREATE TABLE public.groups_seen (
    pbx text NOT NULL,
    queue text NOT NULL,
    place text NOT NULL,
    looked_at timestamp with time zone NOT NULL,
    rung text[] DEFAULT '{}'::text[] NOT NULL,
    due_on text[] DEFAULT '{}'::text[] NOT NULL,
    due_off text[] DEFAULT '{}'::text[] NOT NULL,
    absent text[] DEFAULT '{}'::text[] NOT NULL,
    kept boolean DEFAULT false NOT NULL,
    fault text DEFAULT ''::text NOT NULL
);

COMMENT ON TABLE public.groups_seen IS 'The groups of hosted PBXs that are kept for queues of ours, as they were last seen.';

COMMENT ON COLUMN public.groups_seen.place IS 'The group''s id in the provider''s cabinet.';

COMMENT ON COLUMN public.groups_seen.rung IS 'Extensions of ours that the group rings.';

COMMENT ON COLUMN public.groups_seen.due_on IS 'Extensions it should ring and does not.';

COMMENT ON COLUMN public.groups_seen.absent IS 'Extensions at work in the queue that are in no seat of the group.';

COMMENT ON COLUMN public.groups_seen.kept IS 'Nobody works in the queue, so whoever is rung last goes on being rung.';

COMMENT ON COLUMN public.groups_seen.fault IS 'Why nothing could be seen or switched, in the provider''s words.';

CREATE TABLE public.hooks_heard (
    id uuid NOT NULL,
    pbx text NOT NULL,
    at timestamp with time zone NOT NULL,
    verdict text NOT NULL,
    name text NOT NULL,
    call text NOT NULL,
    steps smallint NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    query text NOT NULL,
    content_type text NOT NULL,
    peer text NOT NULL,
    body text NOT NULL,
    answered text NOT NULL
);

COMMENT ON TABLE public.hooks_heard IS 'The last requests of each hosted PBX, the refused ones too, as they came and what was answered.';

COMMENT ON COLUMN public.hooks_heard.verdict IS 'What was found of it: trunkline/pbx/hooks/port.py, Verdict.';

COMMENT ON COLUMN public.hooks_heard.name IS 'What its provider calls the event.';

COMMENT ON COLUMN public.hooks_heard.steps IS 'How many steps of a call it told.';

CREATE TABLE public.hosted_histories (
    pbx text NOT NULL,
    begun_at timestamp with time zone DEFAULT now() NOT NULL,
    read_until timestamp with time zone NOT NULL,
    deep_at timestamp with time zone NOT NULL,
    claimed_until timestamp with time zone NOT NULL,
    next_at timestamp with time zone DEFAULT now() NOT NULL,
    read_at timestamp with time zone,
    told integer DEFAULT 0 NOT NULL,
    fresh integer DEFAULT 0 NOT NULL,
    fault text DEFAULT ''::text NOT NULL,
    fault_at timestamp with time zone,
    faults integer DEFAULT 0 NOT NULL,
    halvings integer DEFAULT 0 NOT NULL,
    least_halvings integer DEFAULT 0 NOT NULL
);

COMMENT ON TABLE public.hosted_histories IS 'How far the history of each hosted PBX has been read, and what the last reading said.';

COMMENT ON COLUMN public.hosted_histories.begun_at IS 'Calls that began before are not looked for: they are of the time before this PBX was ours.';

COMMENT ON COLUMN public.hosted_histories.read_until IS 'Calls that began before have been told of, if they were over; what was under way is found by reading some hours again.';

COMMENT ON COLUMN public.hosted_histories.deep_at IS 'When the last hours were read again as a whole.';

COMMENT ON COLUMN public.hosted_histories.claimed_until IS 'A worker reads it now; one that dies is followed by another after this moment.';

COMMENT ON COLUMN public.hosted_histories.faults IS 'Readings in a row that failed, the last for the reason in fault.';

COMMENT ON COLUMN public.hosted_histories.halvings IS 'How often the time one reading asks for is halved: each fault of what may have been too much does so.';

COMMENT ON COLUMN public.hosted_histories.least_halvings IS 'What failed right behind a good reading is tried no wider until all is read.';

CREATE TABLE public.import_maps (
    key bytea NOT NULL,
    headings text[] NOT NULL,
    fields text[] NOT NULL,
    header boolean NOT NULL,
    used_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.import_maps IS 'What the columns of a kind of file were last taken for; key is the hash of its headings.';

CREATE TABLE public.import_undo (
    import_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    state_before bigint NOT NULL,
    version_after bigint NOT NULL,
    overdue_after numeric(14,2) NOT NULL,
    company_id uuid,
    name text NOT NULL,
    class public.contact_class NOT NULL,
    responsible_id uuid,
    deputy_id uuid,
    email text,
    vip boolean NOT NULL,
    overdue numeric(14,2) NOT NULL,
    note text NOT NULL,
    deleted_at timestamp with time zone,
    phones text[] NOT NULL,
    city text DEFAULT ''::text NOT NULL
);

COMMENT ON TABLE public.import_undo IS 'Contacts an import changed or took out, as they were before; those it added are told by their ids (imports.added_after, added_to). Without foreign keys: a million rows are written at once, and what is gone is left out when read.';

CREATE TABLE public.imports (
    id uuid NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    file_name text NOT NULL,
    replace_source boolean NOT NULL,
    dry_run boolean NOT NULL,
    person_id uuid,
    node text NOT NULL,
    state text DEFAULT 'running'::text NOT NULL,
    done real DEFAULT 0 NOT NULL,
    rows integer DEFAULT 0 NOT NULL,
    refused integer DEFAULT 0 NOT NULL,
    added integer DEFAULT 0 NOT NULL,
    changed integer DEFAULT 0 NOT NULL,
    unchanged integer DEFAULT 0 NOT NULL,
    removed integer DEFAULT 0 NOT NULL,
    problem_count integer DEFAULT 0 NOT NULL,
    problems jsonb DEFAULT '[]'::jsonb NOT NULL,
    ignored_columns text[] DEFAULT '{}'::text[] NOT NULL,
    failure text DEFAULT ''::text NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    file_hash bytea,
    look jsonb,
    preview jsonb,
    fingerprint bigint,
    moved boolean DEFAULT false NOT NULL,
    added_after uuid,
    added_to uuid,
    undo text DEFAULT ''::text NOT NULL,
    undone_at timestamp with time zone,
    undone jsonb,
    CONSTRAINT imports_kind_check CHECK ((kind = ANY (ARRAY['contacts'::text, 'spam'::text]))),
    CONSTRAINT imports_state_check CHECK ((state = ANY (ARRAY['running'::text, 'mapping'::text, 'previewed'::text, 'cancelled'::text, 'undoing'::text, 'done'::text, 'failed'::text]))),
    CONSTRAINT imports_undo_check CHECK ((undo = ANY (ARRAY[''::text, 'kept'::text, 'gone'::text, 'undone'::text])))
);

COMMENT ON COLUMN public.imports.problems IS 'The first of them; all are in a CSV in the data directory of node.';

COMMENT ON COLUMN public.imports.seen_at IS 'Written twice a second while it runs: a running import not seen for a minute was interrupted.';

COMMENT ON COLUMN public.imports.look IS 'The columns of the file with some of its values and what each is taken for; until it went in.';

COMMENT ON COLUMN public.imports.preview IS 'Some of what would change; until it went in.';

COMMENT ON COLUMN public.imports.fingerprint IS 'Of everything that would change: what goes in must have the same.';

COMMENT ON COLUMN public.imports.moved IS 'Contacts had changed when it was to go in; the preview was made again.';

COMMENT ON COLUMN public.imports.added_after IS 'Contacts it added have ids above this one, up to added_to.';

COMMENT ON COLUMN public.imports.undo IS 'Whether it can be undone; empty where there was never anything to undo.';

CREATE TABLE public.invoices (
    id uuid NOT NULL,
    source text NOT NULL,
    external_id text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    company_id uuid,
    contact_id uuid,
    order_id uuid,
    number text DEFAULT ''::text NOT NULL,
    amount numeric(14,2) DEFAULT 0 NOT NULL,
    issued_on date DEFAULT CURRENT_DATE NOT NULL,
    due_on date,
    paid_on date,
    raw jsonb,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    document_url text,
    CONSTRAINT invoices_document_url_check CHECK ((document_url ~* '^https?://'::text))
);

CREATE TABLE public.job_attempts (
    job_id bigint NOT NULL,
    name text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    last_error text,
    at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.job_attempts IS 'Counted by us at the start of each attempt: PgQueuer''s own counter stays 0 when a worker dies.';

CREATE TABLE public.last_lines (
    number text NOT NULL,
    line_id uuid NOT NULL,
    at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.last_lines IS 'The line of ours that a number was last in touch with, either way: what its owner knows us by.';

CREATE TABLE public.last_talks (
    number text NOT NULL,
    person_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT last_talks_number_check CHECK ((number ~ '^\+[0-9]{5,15}$'::text))
);

COMMENT ON TABLE public.last_talks IS 'One row a number, of its newest answered call.';

CREATE TABLE public.lead_clocks (
    lead_id uuid NOT NULL,
    phone text,
    line_id uuid,
    departments uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    take_by timestamp with time zone NOT NULL,
    taken_at timestamp with time zone,
    taken_by uuid,
    call_by timestamp with time zone NOT NULL,
    called_at timestamp with time zone,
    closed_at timestamp with time zone,
    closed_by uuid,
    close_reason text DEFAULT ''::text NOT NULL,
    close_note text DEFAULT ''::text NOT NULL,
    assigned_at timestamp with time zone,
    late_told_at timestamp with time zone,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    category text DEFAULT ''::text NOT NULL,
    next_call_at timestamp with time zone,
    stage text DEFAULT 'new'::text NOT NULL,
    due_at timestamp with time zone GENERATED ALWAYS AS (COALESCE(
CASE
    WHEN (taken_at IS NULL) THEN take_by
    WHEN (called_at IS NULL) THEN call_by
    ELSE next_call_at
END, '2199-01-01 00:00:00+00'::timestamp with time zone)) STORED NOT NULL,
    follows_id uuid,
    merged_into uuid,
    CONSTRAINT lead_clocks_close_note_check CHECK ((length(close_note) <= 500)),
    CONSTRAINT lead_clocks_close_reason_check CHECK ((close_reason = ANY (ARRAY[''::text, 'won'::text, 'talked'::text, 'not_needed'::text, 'wrong_number'::text, 'spam'::text, 'other'::text])))
);

COMMENT ON TABLE public.lead_clocks IS 'What is kept of a lead that was opened here, and not in a CRM.';

COMMENT ON COLUMN public.lead_clocks.phone IS 'As in leads; null of who wrote without telling one.';

COMMENT ON COLUMN public.lead_clocks.line_id IS 'Of the call that opened it; null where a form did.';

COMMENT ON COLUMN public.lead_clocks.departments IS 'Whose it is; none: everybody''s.';

COMMENT ON COLUMN public.lead_clocks.taken_by IS 'Who took it: in statistics it stays his, whoever is responsible.';

COMMENT ON COLUMN public.lead_clocks.called_at IS 'The first talk with the number since it was opened.';

COMMENT ON COLUMN public.lead_clocks.closed_at IS 'That of the lead, whoever closes it: open ones are found without reading the closed.';

COMMENT ON COLUMN public.lead_clocks.assigned_at IS 'When it was given to taken_by, because nobody had taken it in time; null: he took it himself.';

COMMENT ON COLUMN public.lead_clocks.late_told_at IS 'When the heads were told that it is late; they are told once.';

COMMENT ON COLUMN public.lead_clocks.tags IS 'Those of its touches together.';

COMMENT ON COLUMN public.lead_clocks.category IS 'That of the first of its touches that has one.';

COMMENT ON COLUMN public.lead_clocks.next_call_at IS 'That of the lead, as its stage is.';

COMMENT ON COLUMN public.lead_clocks.due_at IS 'The end of the clock that runs, of 2199 where none does: as in lead_inbox.';

COMMENT ON COLUMN public.lead_clocks.follows_id IS 'The closed lead of the same telephone and direction that this one goes on with.';

COMMENT ON COLUMN public.lead_clocks.merged_into IS 'The lead that this one became part of; it is closed, and counts as that one.';

CREATE TABLE public.leads (
    id uuid NOT NULL,
    source text NOT NULL,
    external_id text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    contact_id uuid,
    company_id uuid,
    direction text DEFAULT ''::text NOT NULL,
    title text DEFAULT ''::text NOT NULL,
    stage text DEFAULT 'new'::text NOT NULL,
    responsible_id uuid,
    phone text,
    opened_at timestamp with time zone DEFAULT now() NOT NULL,
    closed_at timestamp with time zone,
    next_call_at timestamp with time zone,
    raw jsonb,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    email text,
    CONSTRAINT leads_email_check CHECK ((((length(email) >= 3) AND (length(email) <= 254)) AND (email = lower(email)))),
    CONSTRAINT leads_phone_check CHECK ((phone ~ '^\+[0-9]{5,15}$'::text))
);

COMMENT ON TABLE public.leads IS 'A wish to buy; one person may have several open ones, one for each direction of trade.';

COMMENT ON COLUMN public.leads.email IS 'The address of who wrote, in small letters; a lead without a telephone is known by it.';

CREATE TABLE public.lines (
    id uuid NOT NULL,
    number text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    city text DEFAULT ''::text NOT NULL,
    operator text DEFAULT ''::text NOT NULL,
    brand text DEFAULT ''::text NOT NULL,
    site text DEFAULT ''::text NOT NULL,
    purpose text DEFAULT ''::text NOT NULL,
    pbx_id text,
    fallback text DEFAULT ''::text NOT NULL,
    label text DEFAULT ''::text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    area_code text DEFAULT ''::text NOT NULL,
    mode text DEFAULT 'route'::text NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    state_since timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT lines_area_code_check CHECK ((area_code ~ '^([3489][0-9]{2,4})?$'::text)),
    CONSTRAINT lines_label_check CHECK ((length(label) <= 32)),
    CONSTRAINT lines_mode_check CHECK ((mode = ANY (ARRAY['observe'::text, 'advise'::text, 'route'::text]))),
    CONSTRAINT lines_number_check CHECK ((number ~ '^\+[0-9]{5,15}$'::text)),
    CONSTRAINT lines_state_check CHECK ((state = ANY (ARRAY['ordered'::text, 'quarantine'::text, 'active'::text, 'retiring'::text, 'returned'::text])))
);

COMMENT ON COLUMN public.lines.operator IS 'Today''s operator: follows line_operators where the line has any.';

COMMENT ON COLUMN public.lines.fallback IS 'Where calls to this line go when nothing else decides, as a plan target, e.g. queue:sales.';

COMMENT ON COLUMN public.lines.label IS 'What our own phones show when it rings; what the called see of our calls is in line_labels.';

COMMENT ON COLUMN public.lines.active IS 'Whether calls to it are ours to know: follows from state, by the trigger line_life.';

COMMENT ON COLUMN public.lines.area_code IS 'Empty: a local number stays what the PBX said.';

COMMENT ON COLUMN public.lines.mode IS 'What becomes of our decision: nothing is decided, it is only stored, or the PBX gets it.';

COMMENT ON COLUMN public.lines.state IS 'trunkline/lines/life.py tells which state may follow which.';

CREATE TABLE public.people (
    id uuid NOT NULL,
    name text NOT NULL,
    login text,
    extension text,
    mobile text,
    email text,
    department_id uuid,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    mobile_when_away boolean DEFAULT false NOT NULL,
    works_on text DEFAULT 'desk'::text NOT NULL,
    caller_names text DEFAULT ''::text NOT NULL,
    CONSTRAINT people_caller_names_check CHECK ((caller_names = ANY (ARRAY[''::text, 'utf-8'::text, 'latin'::text, 'off'::text]))),
    CONSTRAINT people_extension_check CHECK ((extension ~ '^[0-9]{2,8}$'::text)),
    CONSTRAINT people_login_check CHECK ((login ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'::text)),
    CONSTRAINT people_mobile_check CHECK ((mobile ~ '^\+[0-9]{5,15}$'::text)),
    CONSTRAINT people_mobile_seat_check CHECK (((works_on = 'desk'::text) OR ((extension IS NOT NULL) AND ((works_on = 'fmc'::text) OR (mobile IS NOT NULL))))),
    CONSTRAINT people_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT people_works_on_check CHECK ((works_on = ANY (ARRAY['desk'::text, 'fmc'::text, 'forwarded'::text])))
);

COMMENT ON COLUMN public.people.mobile_when_away IS 'Ring the mobile when the extension is out of reach; who has no extension is rung there anyway.';

COMMENT ON COLUMN public.people.works_on IS 'desk, fmc: an extension whose telephone the PBX does not know truly, forwarded: his mobile is his telephone.';

COMMENT ON COLUMN public.people.caller_names IS 'How his telephone takes a caller''s name; empty: as the PBX is set.';

CREATE VIEW public.lead_inbox AS
 SELECT lead.id,
    lead.phone,
    lead.direction,
    lead.title,
    lead.stage,
    lead.source,
    lead.contact_id,
    lead.responsible_id,
    lead.opened_at,
    clock.closed_at,
    lead.next_call_at,
    lead.version,
    clock.line_id,
    clock.departments,
    clock.take_by,
    clock.taken_at,
    clock.taken_by AS taken_by_id,
    clock.call_by,
    clock.called_at,
    clock.close_reason,
    clock.close_note,
    COALESCE(line.name, ''::text) AS line_name,
    contact.name AS contact,
    company.name AS company,
    responsible.name AS responsible,
    taker.name AS taken_by,
    closer.name AS closed_by,
        CASE
            WHEN (clock.taken_at IS NULL) THEN 'take'::text
            WHEN (clock.called_at IS NULL) THEN 'call'::text
            ELSE 'next'::text
        END AS due,
    COALESCE(
        CASE
            WHEN (clock.taken_at IS NULL) THEN clock.take_by
            WHEN (clock.called_at IS NULL) THEN clock.call_by
            ELSE lead.next_call_at
        END, '2199-01-01 00:00:00+00'::timestamp with time zone) AS due_at,
    clock.assigned_at
   FROM (((((((public.leads lead
     JOIN public.lead_clocks clock ON ((clock.lead_id = lead.id)))
     LEFT JOIN public.lines line ON ((line.id = clock.line_id)))
     LEFT JOIN public.contacts contact ON (((contact.id = lead.contact_id) AND (contact.deleted_at IS NULL))))
     LEFT JOIN public.companies company ON (((company.id = lead.company_id) AND (company.deleted_at IS NULL))))
     LEFT JOIN public.people responsible ON ((responsible.id = lead.responsible_id)))
     LEFT JOIN public.people taker ON ((taker.id = clock.taken_by)))
     LEFT JOIN public.people closer ON ((closer.id = clock.closed_by)));

COMMENT ON VIEW public.lead_inbox IS 'Leads that were opened here as people read them; due_at is the end of the clock that runs, of 2199 where none does.';

CREATE TABLE public.lead_numbers (
    phone text NOT NULL,
    lead_id uuid NOT NULL,
    CONSTRAINT lead_numbers_phone_check CHECK ((phone ~ '^\+[0-9]{5,15}$'::text))
);

COMMENT ON TABLE public.lead_numbers IS 'Telephones of leads that were merged into one: what comes of them goes on there.';

CREATE TABLE public.lead_pairs (
    one uuid NOT NULL,
    other uuid NOT NULL,
    merged boolean NOT NULL,
    decided_by uuid,
    decided_at timestamp with time zone NOT NULL,
    CONSTRAINT lead_pairs_check CHECK ((one < other))
);

COMMENT ON TABLE public.lead_pairs IS 'What people decided about two leads; those that are apart are not proposed again.';

CREATE TABLE public.lead_rules (
    only_one boolean DEFAULT true NOT NULL,
    opens text DEFAULT 'all'::text NOT NULL,
    take_minutes integer DEFAULT 15 NOT NULL,
    call_minutes integer DEFAULT 60 NOT NULL,
    stages text[] DEFAULT '{}'::text[] NOT NULL,
    quiet_days integer DEFAULT 7 NOT NULL,
    reopen_days integer DEFAULT 14 NOT NULL,
    CONSTRAINT lead_rules_call_minutes_check CHECK (((call_minutes >= 1) AND (call_minutes <= 10080))),
    CONSTRAINT lead_rules_only_one_check CHECK (only_one),
    CONSTRAINT lead_rules_opens_check CHECK ((opens = ANY (ARRAY['none'::text, 'missed'::text, 'all'::text]))),
    CONSTRAINT lead_rules_quiet_days_check CHECK (((quiet_days >= 1) AND (quiet_days <= 365))),
    CONSTRAINT lead_rules_reopen_days_check CHECK (((reopen_days >= 0) AND (reopen_days <= 365))),
    CONSTRAINT lead_rules_stages_check CHECK ((cardinality(stages) <= 20)),
    CONSTRAINT lead_rules_take_minutes_check CHECK (((take_minutes >= 1) AND (take_minutes <= 10080)))
);

COMMENT ON TABLE public.lead_rules IS 'Which calls open a lead, and within how much working time it is taken and called.';

COMMENT ON COLUMN public.lead_rules.opens IS 'Calls of clients nothing else is known about: none, missed ones alone, or all.';

COMMENT ON COLUMN public.lead_rules.stages IS 'The columns of the board behind "new", in their order.';

COMMENT ON COLUMN public.lead_rules.quiet_days IS 'What nothing happened to for so many days needs a planned next step.';

COMMENT ON COLUMN public.lead_rules.reopen_days IS 'A lead opened within so many days of an earlier one''s closing follows it; 0: none does.';

CREATE TABLE public.lead_tag_rules (
    id uuid NOT NULL,
    place integer NOT NULL,
    name text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    kinds text[] DEFAULT '{}'::text[] NOT NULL,
    places text[] DEFAULT '{}'::text[] NOT NULL,
    directions text[] DEFAULT '{}'::text[] NOT NULL,
    words text[] DEFAULT '{}'::text[] NOT NULL,
    channels text[] DEFAULT '{}'::text[] NOT NULL,
    campaigns text[] DEFAULT '{}'::text[] NOT NULL,
    classes text[] DEFAULT '{}'::text[] NOT NULL,
    hours text DEFAULT ''::text NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    category text DEFAULT ''::text NOT NULL,
    CONSTRAINT lead_tag_rules_category_check CHECK ((length(category) <= 60)),
    CONSTRAINT lead_tag_rules_check CHECK (((cardinality(tags) > 0) OR (category <> ''::text))),
    CONSTRAINT lead_tag_rules_hours_check CHECK ((hours = ANY (ARRAY[''::text, 'in'::text, 'out'::text]))),
    CONSTRAINT lead_tag_rules_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

COMMENT ON TABLE public.lead_tag_rules IS 'Which touches get which tags and category; in the order of place, and an empty condition asks for nothing.';

COMMENT ON COLUMN public.lead_tag_rules.places IS 'Names of lines, sites and mailboxes, and numbers of lines, in small letters as all words here.';

COMMENT ON COLUMN public.lead_tag_rules.hours IS 'Within the working time of missed calls, or out of it.';

CREATE VIEW public.lead_words AS
 SELECT lead.id,
    COALESCE(lead.email, ''::text) AS email,
    clock.tags,
    clock.category
   FROM (public.leads lead
     JOIN public.lead_clocks clock ON ((clock.lead_id = lead.id)));

COMMENT ON VIEW public.lead_words IS 'What pages and the API tell of a lead beside lead_inbox.';

CREATE TABLE public.lease_current (
    id uuid NOT NULL,
    number text NOT NULL,
    kind text NOT NULL,
    pool_id uuid NOT NULL,
    site_id uuid NOT NULL,
    placement text NOT NULL,
    visit_id uuid NOT NULL,
    visitor uuid NOT NULL,
    hold_seconds integer NOT NULL,
    granted_at timestamp with time zone NOT NULL,
    seen_until timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    said_at bigint DEFAULT 0 NOT NULL,
    CONSTRAINT lease_current_check CHECK (((granted_at <= seen_until) AND (seen_until <= until))),
    CONSTRAINT lease_current_kind_check CHECK ((kind = ANY (ARRAY['exclusive'::text, 'cooling'::text, 'shared'::text])))
);

COMMENT ON TABLE public.lease_current IS 'Who holds which number; granted by the commit of its row. What is over moves to lease_history.';

COMMENT ON COLUMN public.lease_current.kind IS 'cooling: exclusive too, taken from who was gone but might still call.';

COMMENT ON COLUMN public.lease_current.seen_until IS 'The visitor counts as present until then, by his last beat; nobody else gets the number.';

COMMENT ON COLUMN public.lease_current.until IS 'The end of the hold after that; a call until then is likely his.';

COMMENT ON COLUMN public.lease_current.said_at IS 'The browser''s clock at the last beat, milliseconds: one that is no later is a replay.';

CREATE TABLE public.lease_history (
    id uuid NOT NULL,
    number text NOT NULL,
    kind text NOT NULL,
    pool_id uuid NOT NULL,
    site_id uuid NOT NULL,
    placement text NOT NULL,
    visit_id uuid NOT NULL,
    visitor uuid NOT NULL,
    granted_at timestamp with time zone NOT NULL,
    seen_until timestamp with time zone NOT NULL,
    closed_at timestamp with time zone NOT NULL
)
PARTITION BY RANGE (id);

COMMENT ON COLUMN public.lease_history.closed_at IS 'The end of its hold, or when the number was given to another.';

CREATE TABLE public.lease_misses (
    pool_id uuid NOT NULL,
    visit_id uuid NOT NULL,
    at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.lease_misses IS 'Visits that asked a pool for a number while every one was shared by as many as may; forgotten once counted.';

CREATE TABLE public.line_aliases (
    alias text NOT NULL,
    line_id uuid NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT line_aliases_alias_check CHECK (((alias ~ '^\S{1,40}$'::text) AND (alias = lower(alias))))
);

COMMENT ON TABLE public.line_aliases IS 'What else a PBX calls a line: a trunk''s login, a city number, another operator''s number.';

COMMENT ON COLUMN public.line_aliases.alias IS 'E.164 where it spells a number, else as the PBX sends it, in lower case.';

CREATE TABLE public.line_labels (
    line_id uuid NOT NULL,
    operator text NOT NULL,
    text text NOT NULL,
    since date NOT NULL,
    CONSTRAINT line_labels_operator_check CHECK (((length(operator) >= 1) AND (length(operator) <= 200))),
    CONSTRAINT line_labels_text_check CHECK (((length(text) >= 1) AND (length(text) <= 32)))
);

COMMENT ON TABLE public.line_labels IS 'The labelled caller-ID text (126-FZ art. 45) each operator shows for a line, and since when.';

CREATE TABLE public.line_notices (
    line_id uuid NOT NULL,
    way text NOT NULL,
    version integer NOT NULL,
    "when" text NOT NULL,
    sound text DEFAULT ''::text NOT NULL,
    seconds smallint DEFAULT 3 NOT NULL,
    digit text DEFAULT ''::text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT line_notices_check CHECK ((("when" = 'none'::text) = (sound = ''::text))),
    CONSTRAINT line_notices_check1 CHECK (((way = 'in'::text) OR ("when" <> 'before_ring'::text))),
    CONSTRAINT line_notices_check2 CHECK (((digit = ''::text) OR (way = 'out'::text) OR ("when" = 'before_ring'::text))),
    CONSTRAINT line_notices_seconds_check CHECK (((seconds >= 1) AND (seconds <= 3))),
    CONSTRAINT line_notices_sound_check CHECK ((length(sound) <= 100)),
    CONSTRAINT line_notices_version_check CHECK ((version > 0)),
    CONSTRAINT line_notices_way_check CHECK ((way = ANY (ARRAY['in'::text, 'out'::text]))),
    CONSTRAINT line_notices_when_check CHECK (("when" = ANY (ARRAY['none'::text, 'before_ring'::text, 'after_answer'::text])))
);

COMMENT ON TABLE public.line_notices IS 'Every version of what a line plays before a talk is recorded, each way; the highest is in force.';

CREATE TABLE public.line_operators (
    line_id uuid NOT NULL,
    operator text NOT NULL,
    trunk text DEFAULT ''::text NOT NULL,
    since date NOT NULL,
    until date,
    tariff text DEFAULT ''::text NOT NULL,
    fee numeric(12,2),
    CONSTRAINT line_operators_check CHECK ((until > since)),
    CONSTRAINT line_operators_fee_check CHECK ((fee >= (0)::numeric)),
    CONSTRAINT line_operators_operator_check CHECK (((length(operator) >= 1) AND (length(operator) <= 200))),
    CONSTRAINT line_operators_tariff_check CHECK ((length(tariff) <= 200)),
    CONSTRAINT line_operators_trunk_check CHECK ((length(trunk) <= 200))
);

COMMENT ON TABLE public.line_operators IS 'Who carries a line, over which trunk, for how much, and when: a number that is ported keeps its history.';

COMMENT ON COLUMN public.line_operators.until IS 'The first day it is no longer so; null while it goes on.';

COMMENT ON COLUMN public.line_operators.fee IS 'Roubles a month.';

CREATE TABLE public.link_gaps (
    pbx text NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    cause text NOT NULL,
    is_filled boolean NOT NULL,
    CONSTRAINT link_gaps_check CHECK ((since <= until))
);

COMMENT ON TABLE public.link_gaps IS 'Holes in what was heard of a PBX, as the story tells them; calls that lived in one are marked.';

COMMENT ON COLUMN public.link_gaps.is_filled IS 'The PBX''s own journal was read afterwards.';

CREATE TABLE public.mailbox_letters (
    mailbox_id uuid NOT NULL,
    digest bytea NOT NULL,
    message_id text DEFAULT ''::text NOT NULL,
    at timestamp with time zone NOT NULL,
    sender text DEFAULT ''::text NOT NULL,
    subject text DEFAULT ''::text NOT NULL,
    rule text NOT NULL,
    lead_id uuid,
    CONSTRAINT mailbox_letters_message_id_check CHECK ((length(message_id) <= 500)),
    CONSTRAINT mailbox_letters_subject_check CHECK ((length(subject) <= 300))
);

COMMENT ON TABLE public.mailbox_letters IS 'Letters that were read, so that none is twice, and which rule counted for each.';

COMMENT ON COLUMN public.mailbox_letters.digest IS 'SHA-256 of what names the letter: its Message-ID and sender, or its first lines where it has none.';

CREATE TABLE public.mailboxes (
    id uuid NOT NULL,
    name text NOT NULL,
    host text NOT NULL,
    port integer NOT NULL,
    tls boolean NOT NULL,
    login text NOT NULL,
    secret bytea NOT NULL,
    folder text NOT NULL,
    direction text DEFAULT ''::text NOT NULL,
    department_id uuid,
    ignored text[] DEFAULT '{}'::text[] NOT NULL,
    active boolean DEFAULT true NOT NULL,
    began_at timestamp with time zone NOT NULL,
    uidvalidity bigint,
    uid bigint DEFAULT 0 NOT NULL,
    old_below bigint DEFAULT 0 NOT NULL,
    due_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    failed_at timestamp with time zone,
    trouble text DEFAULT ''::text NOT NULL,
    said text DEFAULT ''::text NOT NULL,
    CONSTRAINT mailboxes_folder_check CHECK (((length(folder) >= 1) AND (length(folder) <= 200))),
    CONSTRAINT mailboxes_host_check CHECK (((length(host) >= 1) AND (length(host) <= 253))),
    CONSTRAINT mailboxes_login_check CHECK (((length(login) >= 1) AND (length(login) <= 254))),
    CONSTRAINT mailboxes_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT mailboxes_port_check CHECK (((port >= 1) AND (port <= 65535))),
    CONSTRAINT mailboxes_said_check CHECK ((length(said) <= 300))
);

COMMENT ON TABLE public.mailboxes IS 'Mailboxes that are read by IMAP; nothing is changed there.';

COMMENT ON COLUMN public.mailboxes.secret IS 'The password, sealed.';

COMMENT ON COLUMN public.mailboxes.ignored IS 'Addresses, and domains as @example.com, whose letters are no touches.';

COMMENT ON COLUMN public.mailboxes.began_at IS 'What came before is not read.';

COMMENT ON COLUMN public.mailboxes.uidvalidity IS 'RFC 3501 §2.3.1.1: while it is this, uid is the last letter that was kept; null: not read yet.';

COMMENT ON COLUMN public.mailboxes.old_below IS 'After the server numbered its letters anew: of those below this some were kept before.';

COMMENT ON COLUMN public.mailboxes.due_at IS 'When it is read next; a worker that reads it puts this off first.';

COMMENT ON COLUMN public.mailboxes.read_at IS 'When it was last read to its end.';

COMMENT ON COLUMN public.mailboxes.failed_at IS 'Since when it has not been read; trouble says why, said what the server said.';

CREATE TABLE public.members_made (
    pbx text NOT NULL,
    queue text NOT NULL,
    interface text NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.members_made IS 'Dynamic queue members that Trunkline added: written before the PBX is asked, so that none is forgotten.';

COMMENT ON COLUMN public.members_made.queue IS 'The queue''s name in the PBX (queues.target).';

CREATE TABLE public.message_decisions (
    rule_id uuid NOT NULL,
    key text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT message_decisions_key_check CHECK ((length(key) <= 200))
);

COMMENT ON TABLE public.message_decisions IS 'What a rule took, once; what happened is known by its key.';

CREATE TABLE public.messages (
    id uuid NOT NULL,
    rule_id uuid,
    rule_name text NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    subject uuid NOT NULL,
    step smallint NOT NULL,
    trace jsonb NOT NULL,
    recipient text NOT NULL,
    recipient_name text NOT NULL,
    person_id uuid,
    contact_id uuid,
    phone text DEFAULT ''::text NOT NULL,
    room_id uuid,
    client boolean NOT NULL,
    channel text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    template text NOT NULL,
    facts jsonb NOT NULL,
    plan jsonb NOT NULL,
    every_days smallint NOT NULL,
    at timestamp with time zone NOT NULL,
    not_before timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    why text DEFAULT ''::text NOT NULL,
    text text DEFAULT ''::text NOT NULL,
    sent_at timestamp with time zone,
    delivery text,
    seen_at timestamp with time zone,
    seen_by uuid,
    CONSTRAINT messages_channel_check CHECK ((length(channel) <= 20)),
    CONSTRAINT messages_key_check CHECK ((length(key) <= 200)),
    CONSTRAINT messages_kind_check CHECK ((length(kind) <= 40)),
    CONSTRAINT messages_recipient_check CHECK ((length(recipient) <= 100)),
    CONSTRAINT messages_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'withdrawn'::text, 'refused'::text])))
);

COMMENT ON TABLE public.messages IS 'Who is told what, and what became of it: a row a recipient, written in the transaction of what it tells of.';

COMMENT ON COLUMN public.messages.not_before IS 'The step''s own moment; due_at is when it is looked at next.';

COMMENT ON COLUMN public.messages.why IS 'Why it waits, was withdrawn or refused.';

COMMENT ON COLUMN public.messages.delivery IS 'The delivery of the outbox that carries it, alone or with others.';

CREATE TABLE public.outbox (
    id bigint NOT NULL,
    stream text NOT NULL,
    kind text NOT NULL,
    idem text NOT NULL,
    payload jsonb NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    started_at timestamp with time zone,
    last_error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT outbox_idem_check CHECK (((length(idem) >= 1) AND (length(idem) <= 300)))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000');

COMMENT ON COLUMN public.outbox.started_at IS 'Set while an attempt may have reached the other side; such an event is verified before it is repeated.';

CREATE TABLE public.outbox_dead (
    id bigint NOT NULL,
    stream text NOT NULL,
    kind text NOT NULL,
    idem text NOT NULL,
    payload jsonb NOT NULL,
    attempts integer NOT NULL,
    error_class text NOT NULL,
    error text NOT NULL,
    request text DEFAULT ''::text NOT NULL,
    answer text DEFAULT ''::text NOT NULL,
    parks boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    failed_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON COLUMN public.outbox_dead.id IS 'The id it had in outbox: a retry puts it back in its old place in the stream.';

CREATE TABLE public.outbox_log (
    id bigint NOT NULL,
    stream text NOT NULL,
    kind text NOT NULL,
    idem text NOT NULL,
    attempts integer NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    warning text DEFAULT ''::text NOT NULL,
    took_ms integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    payload jsonb
);

COMMENT ON COLUMN public.outbox_log.payload IS 'Of webhooks: a receiver that lost something may ask for the last day again.';

CREATE VIEW public.message_log AS
 SELECT message.id,
    message.rule_name,
    message.kind,
    message.recipient_name,
    message.contact_id,
    message.phone,
    message.channel,
    message.state,
    message.why,
    message.text,
    message.at,
    message.due_at,
    message.sent_at,
    message.seen_at,
    message.client,
    message.step,
    message.trace,
    seen.name AS seen_by,
    dead.id AS letter,
    dead.error AS failed,
    (waits.id IS NOT NULL) AS under_way,
    COALESCE(waits.last_error, ''::text) AS trouble,
    COALESCE(logged.warning, ''::text) AS warning,
        CASE
            WHEN (dead.id IS NOT NULL) THEN 'given_up'::text
            WHEN (waits.id IS NOT NULL) THEN 'under_way'::text
            WHEN (logged.warning <> ''::text) THEN 'refused'::text
            ELSE message.state
        END AS shown_state,
    message.template,
    message.facts
   FROM ((((public.messages message
     LEFT JOIN public.people seen ON ((seen.id = message.seen_by)))
     LEFT JOIN public.outbox waits ON ((waits.idem = message.delivery)))
     LEFT JOIN public.outbox_dead dead ON ((dead.idem = message.delivery)))
     LEFT JOIN public.outbox_log logged ON ((logged.idem = message.delivery)));

COMMENT ON VIEW public.message_log IS 'Messages with what became of their deliveries.';

CREATE TABLE public.message_rooms (
    id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    address bytea NOT NULL,
    CONSTRAINT message_rooms_kind_check CHECK ((length(kind) <= 20)),
    CONSTRAINT message_rooms_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

COMMENT ON TABLE public.message_rooms IS 'Rooms of team messengers.';

COMMENT ON COLUMN public.message_rooms.address IS 'Sealed: who knows it may write there.';

CREATE TABLE public.message_rules (
    id uuid NOT NULL,
    place integer NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    active boolean NOT NULL,
    rule jsonb NOT NULL,
    CONSTRAINT message_rules_kind_check CHECK ((length(kind) <= 40)),
    CONSTRAINT message_rules_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

COMMENT ON TABLE public.message_rules IS 'Asked in the order of place, from the lowest.';

CREATE TABLE public.message_settings (
    only_one boolean DEFAULT true NOT NULL,
    opens smallint DEFAULT 540 NOT NULL,
    closes smallint DEFAULT 1260 NOT NULL,
    unasked boolean DEFAULT false NOT NULL,
    client_most smallint DEFAULT 3 NOT NULL,
    client_days smallint DEFAULT 7 NOT NULL,
    kept_days smallint DEFAULT 180 NOT NULL,
    CONSTRAINT message_settings_check CHECK (((closes > opens) AND (closes <= 1440))),
    CONSTRAINT message_settings_client_days_check CHECK (((client_days >= 1) AND (client_days <= 365))),
    CONSTRAINT message_settings_client_most_check CHECK (((client_most >= 1) AND (client_most <= 100))),
    CONSTRAINT message_settings_kept_days_check CHECK (((kept_days >= 7) AND (kept_days <= 3650))),
    CONSTRAINT message_settings_only_one_check CHECK (only_one),
    CONSTRAINT message_settings_opens_check CHECK (((opens >= 0) AND (opens <= 1438)))
);

COMMENT ON TABLE public.message_settings IS 'What holds for all rules: quiet hours, how often a client is written to, how long the log is kept.';

COMMENT ON COLUMN public.message_settings.opens IS 'Minutes of the day: what keeps to working hours is said from then until closes, within the hours of missed calls.';

COMMENT ON COLUMN public.message_settings.unasked IS 'Clients are written to who were not asked; else only those who allowed it.';

COMMENT ON COLUMN public.message_settings.client_most IS 'So many messages a client gets at most in client_days.';

CREATE TABLE public.message_stops (
    address text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT message_stops_address_check CHECK ((((length(address) >= 3) AND (length(address) <= 254)) AND (address = lower(address))))
);

COMMENT ON TABLE public.message_stops IS 'E-mail addresses, and numbers of chats: said by the link in a message; taken back where somebody writes down that their contact allows it.';

CREATE TABLE public.missed_clients (
    id uuid NOT NULL,
    number text NOT NULL,
    first_missed_at timestamp with time zone NOT NULL,
    missed_until timestamp with time zone NOT NULL,
    last_missed_at timestamp with time zone NOT NULL,
    last_call_id uuid NOT NULL,
    times integer NOT NULL,
    missed_why text,
    dialled text NOT NULL,
    line_id uuid,
    queue text NOT NULL,
    lines uuid[] NOT NULL,
    departments uuid[] NOT NULL,
    people uuid[] NOT NULL,
    promised_at timestamp with time zone NOT NULL,
    owner_id uuid,
    owned_at timestamp with time zone,
    attempts integer NOT NULL,
    last_attempt_at timestamp with time zone,
    last_attempt_by text NOT NULL,
    last_attempt_why text,
    last_attempt_id uuid,
    called_back_at timestamp with time zone,
    closed_at timestamp with time zone,
    closed_how text,
    closed_call_id uuid,
    closed_by_id uuid,
    close_reason text NOT NULL,
    close_note text NOT NULL,
    learnt_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT missed_clients_check CHECK (((closed_at IS NULL) = (closed_how IS NULL))),
    CONSTRAINT missed_clients_close_note_check CHECK ((length(close_note) <= 500)),
    CONSTRAINT missed_clients_closed_how_check CHECK ((closed_how = ANY (ARRAY['reached'::text, 'got_through'::text, 'by_hand'::text, 'spam'::text, 'aged'::text]))),
    CONSTRAINT missed_clients_number_check CHECK ((number ~ '^\+[0-9]{5,15}$'::text)),
    CONSTRAINT missed_clients_times_check CHECK ((times > 0))
);

COMMENT ON TABLE public.missed_clients IS 'A fold over calls and missed_deeds, kept in the transaction that changes either; one open entry a number.';

COMMENT ON COLUMN public.missed_clients.id IS 'The id of the first missed call: the same on every node.';

COMMENT ON COLUMN public.missed_clients.missed_until IS 'When the first missed call ended: the promise counts from here.';

COMMENT ON COLUMN public.missed_clients.lines IS 'Every line he was missed on; line_id is the last one''s.';

COMMENT ON COLUMN public.missed_clients.called_back_at IS 'When we first called him, whatever came of it.';

COMMENT ON COLUMN public.missed_clients.learnt_at IS 'When we learnt of the call the promise counts from; of entries older than this column it is not known.';

CREATE TABLE public.missed_deeds (
    id uuid NOT NULL,
    number text NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    person_id uuid,
    reason text DEFAULT ''::text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    CONSTRAINT missed_deeds_kind_check CHECK ((kind = ANY (ARRAY['taken'::text, 'released'::text, 'closed'::text, 'aged'::text]))),
    CONSTRAINT missed_deeds_note_check CHECK ((length(note) <= 500))
);

COMMENT ON TABLE public.missed_deeds IS 'What people, or time, did to an entry of missed_clients: it holds for the one that was open at that moment.';

CREATE VIEW public.missed_list AS
 SELECT entry.id,
    entry.number,
    entry.first_missed_at,
    entry.missed_until,
    entry.last_missed_at,
    entry.last_call_id,
    entry.times,
    entry.missed_why,
    entry.dialled,
    entry.line_id,
    entry.queue,
    entry.lines,
    entry.departments,
    entry.people,
    entry.promised_at,
    entry.owner_id,
    entry.owned_at,
    entry.attempts,
    entry.last_attempt_at,
    entry.last_attempt_by,
    entry.last_attempt_why,
    entry.last_attempt_id,
    entry.called_back_at,
    entry.closed_at,
    entry.closed_how,
    entry.closed_call_id,
    entry.closed_by_id,
    entry.close_reason,
    entry.close_note,
    owner.name AS owner,
    closer.name AS closed_by,
    COALESCE(caller.name, entry.last_attempt_by) AS tried_by,
    lines.name AS line_name,
    lines.brand,
    COALESCE(known.names, '{}'::text[]) AS names,
    COALESCE(known.contacts, '{}'::uuid[]) AS contacts
   FROM (((((public.missed_clients entry
     LEFT JOIN public.people owner ON ((owner.id = entry.owner_id)))
     LEFT JOIN public.people closer ON ((closer.id = entry.closed_by_id)))
     LEFT JOIN public.people caller ON ((caller.extension = NULLIF(entry.last_attempt_by, ''::text))))
     LEFT JOIN public.lines ON ((lines.id = entry.line_id)))
     LEFT JOIN LATERAL ( SELECT array_agg(named.name ORDER BY named.name, named.id) AS names,
            array_agg(named.id ORDER BY named.name, named.id) AS contacts
           FROM public.directory_contacts named
          WHERE (named.number = entry.number)) known ON (true));

COMMENT ON VIEW public.missed_list IS 'Entries as people read them: with the names of whoever is in them.';

CREATE TABLE public.missed_rules (
    only_one boolean DEFAULT true NOT NULL,
    promise_minutes integer DEFAULT 30 NOT NULL,
    hours text[] DEFAULT '{}'::text[] NOT NULL,
    country text DEFAULT 'RU'::text NOT NULL,
    short_seconds integer DEFAULT 5 NOT NULL,
    answer_seconds integer DEFAULT 20 NOT NULL,
    aged_days integer DEFAULT 14 NOT NULL,
    CONSTRAINT missed_rules_aged_days_check CHECK (((aged_days >= 0) AND (aged_days <= 365))),
    CONSTRAINT missed_rules_answer_seconds_check CHECK (((answer_seconds >= 1) AND (answer_seconds <= 600))),
    CONSTRAINT missed_rules_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT missed_rules_only_one_check CHECK (only_one),
    CONSTRAINT missed_rules_promise_minutes_check CHECK (((promise_minutes >= 1) AND (promise_minutes <= 10080))),
    CONSTRAINT missed_rules_short_seconds_check CHECK (((short_seconds >= 0) AND (short_seconds <= 120)))
);

COMMENT ON TABLE public.missed_rules IS 'Who counts as missed, by when he is called back, and how soon an agent answers in time.';

COMMENT ON COLUMN public.missed_rules.hours IS 'Working hours the promise counts in, e.g. Mon 09:00-18:00; none: round the clock.';

COMMENT ON COLUMN public.missed_rules.country IS 'Whose production calendar shortens or closes days.';

COMMENT ON COLUMN public.missed_rules.short_seconds IS 'Who gives up sooner was not missed.';

COMMENT ON COLUMN public.missed_rules.aged_days IS 'Days without a missed call of his after which an entry is closed as aged; 0: never.';

CREATE TABLE public.notices (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    mail_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    mailed_at timestamp with time zone,
    CONSTRAINT notices_kind_check CHECK ((length(kind) <= 40))
);

COMMENT ON TABLE public.notices IS 'A row a person; forgotten after 90 days.';

COMMENT ON COLUMN public.notices.subject IS 'The visit or question it is about.';

COMMENT ON COLUMN public.notices.mail_at IS 'When an e-mail is due, if nothing was done by then.';

COMMENT ON COLUMN public.notices.done_at IS 'He has seen it, or done what it asks for.';

CREATE TABLE public.numbering_ranges (
    first bigint NOT NULL,
    last bigint NOT NULL,
    kind text NOT NULL,
    subjects text[] DEFAULT '{}'::text[] NOT NULL,
    operator text DEFAULT ''::text NOT NULL,
    CONSTRAINT numbering_ranges_check CHECK (((last >= first) AND ((last / 1000000000) = (first / 1000000000)))),
    CONSTRAINT numbering_ranges_check1 CHECK (((kind = 'subject'::text) = (cardinality(subjects) > 0))),
    CONSTRAINT numbering_ranges_first_check CHECK (((first >= 0) AND (first <= '9999999999'::bigint))),
    CONSTRAINT numbering_ranges_kind_check CHECK ((kind = ANY (ARRAY['subject'::text, 'nationwide'::text, 'baikonur'::text, 'kazakhstan'::text, 'unknown'::text])))
);

COMMENT ON TABLE public.numbering_ranges IS 'Ten digits after +7; neighbours of the same place and operator are one row. No two overlap: the importer sees to it.';

COMMENT ON COLUMN public.numbering_ranges.subjects IS 'Codes of trunkline/numbering/subjects.csv, rising; several where the range belongs to several.';

CREATE TABLE public.numbering_registries (
    digit text NOT NULL,
    dated date NOT NULL,
    file_name text NOT NULL,
    ranges integer NOT NULL,
    numbers bigint NOT NULL,
    imported_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT numbering_registries_digit_check CHECK ((digit ~ '^[0-9]$'::text))
);

COMMENT ON TABLE public.numbering_registries IS 'Which first digits of the ten are known, and of which day their registry is.';

CREATE TABLE public.one_time_links (
    secret_hash bytea NOT NULL,
    purpose text NOT NULL,
    person_id uuid,
    made_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT one_time_links_check CHECK (((purpose = 'password'::text) = (person_id IS NOT NULL))),
    CONSTRAINT one_time_links_purpose_check CHECK ((purpose = ANY (ARRAY['first_administrator'::text, 'password'::text])))
);

CREATE TABLE public.orders (
    id uuid NOT NULL,
    source text NOT NULL,
    external_id text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    company_id uuid,
    contact_id uuid,
    deal_id uuid,
    number text DEFAULT ''::text NOT NULL,
    amount numeric(14,2) DEFAULT 0 NOT NULL,
    paid numeric(14,2) DEFAULT 0 NOT NULL,
    paid_percent smallint,
    shipped_percent smallint,
    deferred_until date,
    ordered_on date DEFAULT CURRENT_DATE NOT NULL,
    raw jsonb,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    document_url text,
    cancelled_at timestamp with time zone,
    end_customer text DEFAULT ''::text NOT NULL,
    articles text DEFAULT ''::text NOT NULL,
    customer_key text GENERATED ALWAYS AS (public.customer_key(end_customer)) STORED NOT NULL,
    article_list text[] GENERATED ALWAYS AS (public.article_list(articles)) STORED NOT NULL,
    CONSTRAINT orders_document_url_check CHECK ((document_url ~* '^https?://'::text)),
    CONSTRAINT orders_paid_percent_check CHECK (((paid_percent >= 0) AND (paid_percent <= 100))),
    CONSTRAINT orders_shipped_percent_check CHECK (((shipped_percent >= 0) AND (shipped_percent <= 100)))
);

COMMENT ON COLUMN public.orders.cancelled_at IS 'An order that was deleted or not posted where it was made; it is kept, for payments name it.';

COMMENT ON COLUMN public.orders.end_customer IS 'For whom a dealer asks: name or tax id.';

COMMENT ON COLUMN public.orders.articles IS 'What for, divided by spaces or commas.';

CREATE TABLE public.orphan_looks (
    only_one boolean DEFAULT true NOT NULL,
    looked_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    told_at timestamp with time zone,
    CONSTRAINT orphan_looks_only_one_check CHECK (only_one)
);

COMMENT ON TABLE public.orphan_looks IS 'When a node last looked for orphans: the row is what it claims the next look by.';

COMMENT ON COLUMN public.orphan_looks.told_at IS 'When heads were last told of orphans.';

CREATE TABLE public.orphans (
    kind text NOT NULL,
    subject uuid NOT NULL,
    reason text NOT NULL,
    departments uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    line_id uuid,
    found_at timestamp with time zone NOT NULL,
    told_at timestamp with time zone,
    CONSTRAINT orphans_kind_check CHECK ((kind = ANY (ARRAY['lead'::text, 'deal'::text]))),
    CONSTRAINT orphans_reason_check CHECK ((reason = ANY (ARRAY['no_owner'::text, 'no_next_step'::text])))
);

COMMENT ON TABLE public.orphans IS 'As the last look found them; what is minded again leaves with the next.';

COMMENT ON COLUMN public.orphans.told_at IS 'When the heads were told of it.';

CREATE TABLE public.outbox_accounts (
    account text NOT NULL,
    state text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    until timestamp with time zone NOT NULL,
    CONSTRAINT outbox_accounts_state_check CHECK ((state = ANY (ARRAY['needs_auth'::text, 'blocked'::text])))
);

COMMENT ON TABLE public.outbox_accounts IS 'Accounts of outside systems that a person must look at; their streams wait, nothing is dropped.';

ALTER TABLE public.outbox ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outbox_streams (
    stream text NOT NULL,
    ver bigint DEFAULT 1 NOT NULL,
    due timestamp with time zone DEFAULT now() NOT NULL,
    lease timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    claim uuid,
    fails integer DEFAULT 0 NOT NULL,
    parked boolean DEFAULT false NOT NULL,
    waiting text,
    CONSTRAINT outbox_streams_stream_check CHECK (((length(stream) >= 1) AND (length(stream) <= 300)))
)
WITH (autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='2000');

COMMENT ON COLUMN public.outbox_streams.ver IS 'Grows with every append; a worker may delete the row only while it is what the claim saw.';

COMMENT ON COLUMN public.outbox_streams.claim IS 'Who holds the lease; a worker whose claim was taken over can no longer start an event.';

COMMENT ON COLUMN public.outbox_streams.waiting IS 'The account whose breaker, limit or sign-in holds this stream back.';

CREATE TABLE public.outgoing_choices (
    call_id uuid NOT NULL,
    turn smallint NOT NULL,
    at timestamp with time zone NOT NULL,
    pbx text NOT NULL,
    linkedid text NOT NULL,
    agent text NOT NULL,
    client text NOT NULL,
    action text NOT NULL,
    caller_id text NOT NULL,
    trunk text NOT NULL,
    rule text NOT NULL,
    labelled boolean NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    degraded text[] NOT NULL,
    micros integer NOT NULL,
    fallbacks jsonb NOT NULL,
    trace jsonb NOT NULL,
    facts jsonb NOT NULL,
    CONSTRAINT outgoing_choices_action_check CHECK ((action = ANY (ARRAY['dial'::text, 'pass'::text, 'end'::text]))),
    CONSTRAINT outgoing_choices_turn_check CHECK (((turn >= 1) AND (turn <= 8)))
)
PARTITION BY RANGE (call_id);

COMMENT ON COLUMN public.outgoing_choices.status IS 'How the attempt before ended (DIALSTATUS); reason is the SIP answer.';

CREATE TABLE public.outgoing_rules (
    only_one boolean DEFAULT true NOT NULL,
    rule text DEFAULT 'regional_fixed_for_numa'::text NOT NULL,
    default_number text DEFAULT ''::text NOT NULL,
    CONSTRAINT outgoing_rules_default_number_check CHECK (((default_number = ''::text) OR (default_number ~ '^\+[0-9]{7,15}$'::text))),
    CONSTRAINT outgoing_rules_only_one_check CHECK (only_one),
    CONSTRAINT outgoing_rules_rule_check CHECK ((rule = ANY (ARRAY['fixed'::text, 'fixed_for_numa'::text, 'random'::text, 'regional_random'::text, 'regional_fixed_for_numa'::text])))
);

COMMENT ON TABLE public.outgoing_rules IS 'The rules of virtual_phone_usage_rule; default_number is what is shown where none fits.';

CREATE TABLE public.payments (
    id uuid NOT NULL,
    source text NOT NULL,
    external_id text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    company_id uuid,
    contact_id uuid,
    invoice_id uuid,
    order_id uuid,
    amount numeric(14,2) NOT NULL,
    paid_on date NOT NULL,
    cancelled_at timestamp with time zone,
    raw jsonb,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON COLUMN public.payments.cancelled_at IS 'A payment is corrected by a newer version and withdrawn by this, never deleted.';

CREATE TABLE public.pbx_acting (
    pbx text NOT NULL,
    node text NOT NULL,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    until timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.pbx_acting IS 'The one node that spools a PBX''s events; renewed each second, free for another after "until".';

CREATE TABLE public.pbx_marks (
    pbx text NOT NULL,
    mark double precision NOT NULL
);

COMMENT ON COLUMN public.pbx_marks.mark IS 'Unix seconds by the PBX''s clock: all it said up to then is stored. A new acting node spools from here.';

CREATE TABLE public.pbx_subscriptions (
    pbx text NOT NULL,
    address bytea,
    id text DEFAULT ''::text NOT NULL,
    made_for bytea DEFAULT '\x'::bytea NOT NULL,
    until timestamp with time zone,
    renew_at timestamp with time zone,
    looked_at timestamp with time zone,
    ending text[] DEFAULT '{}'::text[] NOT NULL,
    stray text[] DEFAULT '{}'::text[] NOT NULL,
    heard_at timestamp with time zone DEFAULT now() NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    visit bigint DEFAULT 0 NOT NULL,
    fails integer DEFAULT 0 NOT NULL,
    failed_at timestamp with time zone,
    trouble text DEFAULT ''::text NOT NULL,
    said text DEFAULT ''::text NOT NULL,
    end_fails integer DEFAULT 0 NOT NULL,
    end_at timestamp with time zone,
    left_at timestamp with time zone,
    left_said text DEFAULT ''::text NOT NULL,
    CONSTRAINT pbx_subscriptions_id_check CHECK ((length(id) <= 100)),
    CONSTRAINT pbx_subscriptions_left_said_check CHECK ((length(left_said) <= 300)),
    CONSTRAINT pbx_subscriptions_said_check CHECK ((length(said) <= 300))
);

COMMENT ON TABLE public.pbx_subscriptions IS 'What is kept of our subscription at each hosted PBX that has to be subscribed to.';

COMMENT ON COLUMN public.pbx_subscriptions.address IS 'The secret of the address its events go to, sealed; null: none is made yet.';

COMMENT ON COLUMN public.pbx_subscriptions.id IS 'What the provider calls it; empty: there is none.';

COMMENT ON COLUMN public.pbx_subscriptions.made_for IS 'SHA-256 of the address it sends to.';

COMMENT ON COLUMN public.pbx_subscriptions.looked_at IS 'When it was last known to live.';

COMMENT ON COLUMN public.pbx_subscriptions.ending IS 'Others of ours that the provider has still to be told to end.';

COMMENT ON COLUMN public.pbx_subscriptions.stray IS 'Others that sent us events, to be looked at.';

COMMENT ON COLUMN public.pbx_subscriptions.heard_at IS 'Up to when its events have been looked through.';

COMMENT ON COLUMN public.pbx_subscriptions.due_at IS 'When it is looked after next; whoever does it puts this off first.';

COMMENT ON COLUMN public.pbx_subscriptions.visit IS 'Counts those who looked after it: only the last may write down what came of it.';

COMMENT ON COLUMN public.pbx_subscriptions.failed_at IS 'Since when it fails; trouble says why, said what the provider said.';

COMMENT ON COLUMN public.pbx_subscriptions.end_fails IS 'How often in a row the provider did not end one of those in ending.';

COMMENT ON COLUMN public.pbx_subscriptions.end_at IS 'Before then it is not told again; null: at once.';

COMMENT ON COLUMN public.pbx_subscriptions.left_at IS 'When one that could not be ended was given up; it ends by itself within a day.';

COMMENT ON COLUMN public.pbx_subscriptions.left_said IS 'What the provider said then.';

CREATE TABLE public.pbxs (
    id text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    deadline_ms integer DEFAULT 400 NOT NULL,
    token_hashes bytea[] DEFAULT '{}'::bytea[] NOT NULL,
    allowed_ips cidr[] DEFAULT '{127.0.0.0/8,::1/128}'::cidr[] NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    secrets bytea,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT pbxs_deadline_ms_check CHECK (((deadline_ms >= 50) AND (deadline_ms <= 900))),
    CONSTRAINT pbxs_id_check CHECK ((id ~ '^[a-z0-9_-]{1,40}$'::text))
);

COMMENT ON COLUMN public.pbxs.token_hashes IS 'SHA-256 of each live token; two while one is being replaced.';

COMMENT ON COLUMN public.pbxs.secrets IS 'Sealed with the key outside the database: AMI secret and the like.';

CREATE TABLE public.person_hours (
    person_id uuid NOT NULL,
    weekday smallint NOT NULL,
    opens smallint NOT NULL,
    closes smallint NOT NULL,
    CONSTRAINT person_hours_check CHECK (((closes <= 1440) AND (closes > opens))),
    CONSTRAINT person_hours_opens_check CHECK (((opens >= 0) AND (opens <= 1439))),
    CONSTRAINT person_hours_weekday_check CHECK (((weekday >= 0) AND (weekday <= 6)))
);

COMMENT ON TABLE public.person_hours IS 'Hours of an agent''s own, in minutes since midnight of the company''s zone; 0 is Monday. No row at all: the company''s.';

CREATE VIEW public.person_identities AS
 SELECT p.id AS person_id,
    p.name,
    p.login,
    p.department_id,
    p.extension,
    (p.active AND (p.login IS NOT NULL)) AS active,
    (a.role)::text AS role,
    a.grants,
        CASE
            WHEN (NOT a.every_department) THEN ARRAY( SELECT d.department_id
               FROM public.account_departments d
              WHERE (d.person_id = a.person_id)
            UNION
             SELECT tree.department_id
               FROM (public.account_departments d
                 JOIN public.department_tree tree ON ((tree.above_id = d.department_id)))
              WHERE ((d.person_id = a.person_id) AND a.departments_below)
            UNION
             SELECT tree.department_id
               FROM (public.departments headed
                 JOIN public.department_tree tree ON ((tree.above_id = headed.id)))
              WHERE (headed.head_id = a.person_id))
            ELSE NULL::uuid[]
        END AS departments,
        CASE
            WHEN (NOT a.every_line) THEN ARRAY( SELECT l.line_id
               FROM public.account_lines l
              WHERE (l.person_id = a.person_id))
            ELSE NULL::uuid[]
        END AS lines
   FROM (public.accounts a
     JOIN public.people p ON ((p.id = a.person_id)));

COMMENT ON VIEW public.person_identities IS 'A person with role and scope as of now; null in departments or lines means all; active: may sign in at all.';

CREATE TABLE public.person_weeks (
    person_id uuid NOT NULL,
    monday date NOT NULL,
    hours jsonb NOT NULL,
    CONSTRAINT person_weeks_hours_check CHECK ((jsonb_typeof(hours) = 'array'::text)),
    CONSTRAINT person_weeks_monday_check CHECK ((EXTRACT(isodow FROM monday) = (1)::numeric))
);

COMMENT ON TABLE public.person_weeks IS 'A week with a row goes by it alone; person_hours hold in all others.';

COMMENT ON COLUMN public.person_weeks.hours IS '[[weekday, opens, closes], …] as in person_hours; none: he works on no day of it.';

CREATE TABLE public.pgqueuer (
    id bigint NOT NULL,
    priority integer NOT NULL,
    queue_manager_id uuid,
    created timestamp with time zone DEFAULT now() NOT NULL,
    updated timestamp with time zone DEFAULT now() NOT NULL,
    heartbeat timestamp with time zone DEFAULT now() NOT NULL,
    execute_after timestamp with time zone DEFAULT now() NOT NULL,
    status public.pgqueuer_status NOT NULL,
    entrypoint text NOT NULL,
    dedupe_key text,
    payload bytea,
    headers jsonb,
    attempts integer DEFAULT 0 NOT NULL,
    slot bigint
);

CREATE SEQUENCE public.pgqueuer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.pgqueuer_id_seq OWNED BY public.pgqueuer.id;

CREATE TABLE public.pgqueuer_log (
    id bigint NOT NULL,
    created timestamp with time zone DEFAULT now() NOT NULL,
    job_id bigint NOT NULL,
    status public.pgqueuer_status NOT NULL,
    priority integer NOT NULL,
    entrypoint text NOT NULL,
    traceback jsonb,
    aggregated boolean DEFAULT false
);

ALTER TABLE public.pgqueuer_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.pgqueuer_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.pgqueuer_schedules (
    id bigint NOT NULL,
    expression text NOT NULL,
    entrypoint text NOT NULL,
    heartbeat timestamp with time zone DEFAULT now() NOT NULL,
    created timestamp with time zone DEFAULT now() NOT NULL,
    updated timestamp with time zone DEFAULT now() NOT NULL,
    next_run timestamp with time zone DEFAULT now() NOT NULL,
    last_run timestamp with time zone,
    status public.pgqueuer_status DEFAULT 'queued'::public.pgqueuer_status
);

CREATE SEQUENCE public.pgqueuer_schedules_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.pgqueuer_schedules_id_seq OWNED BY public.pgqueuer_schedules.id;

CREATE TABLE public.pgqueuer_statistics (
    id bigint NOT NULL,
    created timestamp with time zone DEFAULT date_trunc('sec'::text, now()) NOT NULL,
    count bigint NOT NULL,
    priority integer NOT NULL,
    status public.pgqueuer_status NOT NULL,
    entrypoint text NOT NULL
);

CREATE SEQUENCE public.pgqueuer_statistics_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.pgqueuer_statistics_id_seq OWNED BY public.pgqueuer_statistics.id;

CREATE TABLE public.plan_drafts (
    the_row boolean DEFAULT true NOT NULL,
    body jsonb NOT NULL,
    base bigint NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    author text NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT plan_drafts_the_row_check CHECK (the_row)
);

COMMENT ON TABLE public.plan_drafts IS 'The draft of the next routing plan; no row while nobody changed anything.';

COMMENT ON COLUMN public.plan_drafts.base IS 'Version of the published plan it began as; 0 where there was none.';

COMMENT ON COLUMN public.plan_drafts.version IS 'Counts the saves, so that who saves over a change he has not seen is told.';

CREATE TABLE public.plans (
    version bigint NOT NULL,
    body jsonb NOT NULL,
    author_id uuid,
    note text DEFAULT ''::text NOT NULL,
    published_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.plans IS 'Every routing plan ever published; the newest row is in force.';

ALTER TABLE public.plans ALTER COLUMN version ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.plans_version_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.pool_quarters (
    pool_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    exclusive integer DEFAULT 0 NOT NULL,
    cooling integer DEFAULT 0 NOT NULL,
    shared integer DEFAULT 0 NOT NULL,
    missed integer DEFAULT 0 NOT NULL,
    dwell_seconds bigint DEFAULT 0 NOT NULL
);

COMMENT ON TABLE public.pool_quarters IS 'Who asked a pool for a number in the 15 minutes from `at` on, by what became of it. A quarter without a row: nobody.';

COMMENT ON COLUMN public.pool_quarters.missed IS 'Got no number of the pool.';

COMMENT ON COLUMN public.pool_quarters.dwell_seconds IS 'How long the leases of this quarter were on a screen, in all.';

CREATE TABLE public.pool_quarters_mark (
    the_row boolean DEFAULT true NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT pool_quarters_mark_the_row_check CHECK (the_row)
);

COMMENT ON TABLE public.pool_quarters_mark IS 'Quarters are counted up to here; those of the last two hours before it are counted again.';

CREATE TABLE public.presence_states (
    person_id uuid NOT NULL,
    state public.presence_state NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    return_at timestamp with time zone,
    since timestamp with time zone DEFAULT now() NOT NULL,
    by_id uuid,
    CONSTRAINT presence_states_check CHECK (((return_at IS NULL) OR (state <> 'online'::public.presence_state))),
    CONSTRAINT presence_states_reason_check CHECK ((length(reason) <= 100))
);

COMMENT ON TABLE public.presence_states IS 'An agent without a row is online as far as he himself is concerned.';

COMMENT ON COLUMN public.presence_states.return_at IS 'Break and offline end then by themselves; null: when somebody says so.';

CREATE TABLE public.provider_recordings (
    pbx text NOT NULL,
    provider_id text NOT NULL,
    call_id uuid NOT NULL,
    CONSTRAINT provider_recordings_provider_id_check CHECK (((provider_id <> ''::text) AND (length(provider_id) <= 200)))
);

COMMENT ON TABLE public.provider_recordings IS 'Which call the recording of that id of a provider is of; it stays when the recording is gone, so that a refused one does not come back by another call.';

CREATE TABLE public.push_key (
    single boolean DEFAULT true NOT NULL,
    sealed bytea NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT push_key_single_check CHECK (single)
);

COMMENT ON TABLE public.push_key IS 'The VAPID private key (RFC 8292), sealed; made at first use. Another one voids every subscription.';

CREATE TABLE public.push_subscriptions (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    session_id uuid NOT NULL,
    endpoint text NOT NULL,
    p256dh bytea NOT NULL,
    auth bytea NOT NULL,
    language text NOT NULL,
    expires_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT push_subscriptions_auth_check CHECK ((length(auth) = 16)),
    CONSTRAINT push_subscriptions_endpoint_check CHECK ((length(endpoint) <= 1000)),
    CONSTRAINT push_subscriptions_p256dh_check CHECK ((length(p256dh) = 65))
);

COMMENT ON COLUMN public.push_subscriptions.session_id IS 'Who signs out is told nothing any more.';

COMMENT ON COLUMN public.push_subscriptions.endpoint IS 'A capability: whoever knows it may send to that browser. Never logged.';

CREATE TABLE public.quality_answers (
    review_id uuid NOT NULL,
    criterion_id uuid NOT NULL,
    answer text NOT NULL,
    points integer NOT NULL,
    CONSTRAINT quality_answers_answer_check CHECK ((answer = ANY (ARRAY['yes'::text, 'no'::text, 'na'::text])))
);

COMMENT ON COLUMN public.quality_answers.points IS 'As they were when it was answered.';

CREATE TABLE public.quality_criteria (
    id uuid NOT NULL,
    text text NOT NULL,
    points integer NOT NULL,
    place integer NOT NULL,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT quality_criteria_place_check CHECK (((place >= 1) AND (place <= 1000))),
    CONSTRAINT quality_criteria_points_check CHECK (((points >= 1) AND (points <= 100))),
    CONSTRAINT quality_criteria_text_check CHECK (((length(text) >= 1) AND (length(text) <= 200)))
);

COMMENT ON TABLE public.quality_criteria IS 'The checklist; one that is no more asked stays for the reviews that answered it.';

CREATE TABLE public.quality_moments (
    id uuid NOT NULL,
    recording_id uuid NOT NULL,
    parent_id uuid,
    agent_id uuid NOT NULL,
    author_id uuid,
    seconds double precision NOT NULL,
    text text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT quality_moments_seconds_check CHECK ((seconds >= (0)::double precision)),
    CONSTRAINT quality_moments_text_check CHECK (((length(text) >= 1) AND (length(text) <= 2000)))
);

COMMENT ON TABLE public.quality_moments IS 'Comments on a moment of a recording; one with a parent answers it.';

COMMENT ON COLUMN public.quality_moments.agent_id IS 'Whose call it was.';

CREATE TABLE public.quality_reviews (
    id uuid NOT NULL,
    recording_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    reviewer_id uuid,
    score integer NOT NULL,
    remark text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT quality_reviews_remark_check CHECK ((length(remark) <= 2000)),
    CONSTRAINT quality_reviews_score_check CHECK (((score >= 0) AND (score <= 100)))
);

COMMENT ON TABLE public.quality_reviews IS 'One a recording; who reviews it again replaces it.';

COMMENT ON COLUMN public.quality_reviews.score IS 'Per cent of the points of what was answered with yes or no.';

CREATE TABLE public.question_messages (
    id uuid NOT NULL,
    question_id uuid NOT NULL,
    person_id uuid,
    person text NOT NULL,
    is_answer boolean NOT NULL,
    text text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT question_messages_text_check CHECK (((length(text) >= 1) AND (length(text) <= 4000)))
);

CREATE TABLE public.question_people (
    question_id uuid NOT NULL,
    person_id uuid NOT NULL
);

COMMENT ON TABLE public.question_people IS 'Who was asked: of a topic, who its experts were then.';

CREATE TABLE public.questions (
    id uuid NOT NULL,
    number text NOT NULL,
    contact_id uuid,
    call_id uuid,
    topic text DEFAULT ''::text NOT NULL,
    asked_by_id uuid,
    asked_by text NOT NULL,
    text text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    closed_at timestamp with time zone,
    CONSTRAINT questions_number_check CHECK ((number ~ '^\+[0-9]{5,15}$'::text)),
    CONSTRAINT questions_text_check CHECK (((length(text) >= 1) AND (length(text) <= 4000))),
    CONSTRAINT questions_topic_check CHECK ((length(topic) <= 100))
);

COMMENT ON COLUMN public.questions.topic IS 'Its name when it was asked; empty: one person was asked.';

COMMENT ON COLUMN public.questions.answered_at IS 'When it was last answered; null again once the asker has written more.';

CREATE VIEW public.question_threads AS
 SELECT q.id,
    q.number,
    q.contact_id,
    COALESCE(c.name, ''::text) AS contact,
    q.call_id,
    q.topic,
    q.asked_by_id,
    q.asked_by,
    q.text,
    q.asked_at,
    q.answered_at,
    q.closed_at,
    ( SELECT COALESCE(array_agg(p.id ORDER BY p.name, p.id), '{}'::uuid[]) AS "coalesce"
           FROM (public.question_people qp
             JOIN public.people p ON ((p.id = qp.person_id)))
          WHERE (qp.question_id = q.id)) AS people,
    ( SELECT COALESCE(array_agg(p.name ORDER BY p.name, p.id), '{}'::text[]) AS "coalesce"
           FROM (public.question_people qp
             JOIN public.people p ON ((p.id = qp.person_id)))
          WHERE (qp.question_id = q.id)) AS names,
    (( SELECT COALESCE(jsonb_agg(jsonb_build_object('id', m.id, 'person_id', m.person_id, 'person', m.person, 'is_answer', m.is_answer, 'text', m.text, 'at', m.at) ORDER BY m.id), '[]'::jsonb) AS "coalesce"
           FROM public.question_messages m
          WHERE (m.question_id = q.id)))::text AS messages
   FROM (public.questions q
     LEFT JOIN public.contacts c ON ((c.id = q.contact_id)));

COMMENT ON VIEW public.question_threads IS 'Questions as people read them, each with who was asked and its thread.';

CREATE TABLE public.queue_members (
    queue_id text NOT NULL,
    person_id uuid NOT NULL,
    penalty integer DEFAULT 0 NOT NULL,
    CONSTRAINT queue_members_penalty_check CHECK (((penalty >= 0) AND (penalty <= 100)))
);

CREATE TABLE public.wrap_ups (
    pbx text NOT NULL,
    extension text NOT NULL,
    call_id uuid NOT NULL,
    until timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.wrap_ups IS 'Who is left in peace after a direct or outgoing talk, and until when; a queue''s own calls have its wrapuptime.';

CREATE VIEW public.queue_rests AS
 SELECT wrap_ups.pbx,
    wrap_ups.extension,
    wrap_ups.until
   FROM public.wrap_ups
UNION ALL
 SELECT pbxs.id AS pbx,
    people.extension,
    away.until
   FROM ((( SELECT presence_states.person_id,
            presence_states.return_at AS until
           FROM public.presence_states
          WHERE (presence_states.state <> 'online'::public.presence_state)
        UNION ALL
         SELECT absences.person_id,
            absences.ends_at
           FROM public.absences
          WHERE (absences.starts_at <= now())) away
     JOIN public.people ON (((people.id = away.person_id) AND people.active AND (people.extension IS NOT NULL))))
     CROSS JOIN public.pbxs);

COMMENT ON VIEW public.queue_rests IS 'Everybody whose queue memberships are paused with the reason "trunkline", and until when; null: until it is lifted.';

CREATE TABLE public.queue_waits (
    call_id uuid NOT NULL,
    place smallint NOT NULL,
    pbx text NOT NULL,
    queue text NOT NULL,
    line_id uuid,
    caller text NOT NULL,
    caller_name text NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone,
    ended text,
    CONSTRAINT queue_waits_check CHECK (((until IS NULL) = (ended IS NULL))),
    CONSTRAINT queue_waits_ended_check CHECK ((ended = ANY (ARRAY['answered'::text, 'abandoned'::text, 'left'::text])))
)
WITH (fillfactor='80', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_threshold='500');

COMMENT ON TABLE public.queue_waits IS 'Visits of calls to queues, of the last two days; written in the transaction of the steps that tell them.';

COMMENT ON COLUMN public.queue_waits.place IS 'Which of the call''s visits it is, from 0.';

CREATE TABLE public.queues (
    id text NOT NULL,
    name text NOT NULL,
    target text NOT NULL,
    strategy text DEFAULT 'rrmemory'::text NOT NULL,
    department_id uuid,
    CONSTRAINT queues_id_check CHECK ((id ~ '^[a-z0-9_-]{1,40}$'::text))
);

COMMENT ON COLUMN public.queues.target IS 'The queue''s name in the PBX.';

CREATE TABLE public.recording_silences (
    call_id uuid NOT NULL,
    leg text NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    since timestamp with time zone,
    until timestamp with time zone
);

COMMENT ON TABLE public.recording_silences IS 'When what a leg says and hears was kept out of its recording.';

COMMENT ON COLUMN public.recording_silences.since IS 'When the PBX had done it; null: it was told to, and has not said that it did.';

COMMENT ON COLUMN public.recording_silences.until IS 'When it was recorded again, as far as we know; null: it is silent still.';

CREATE TABLE public.steps (
    call_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    step_id bytea NOT NULL,
    source text NOT NULL,
    leg text NOT NULL,
    channel text NOT NULL,
    what jsonb NOT NULL,
    CONSTRAINT steps_source_check CHECK ((source = ANY (ARRAY['live'::text, 'ledger'::text, 'ours'::text]))),
    CONSTRAINT steps_step_id_check CHECK ((length(step_id) = 8))
)
PARTITION BY RANGE (call_id);

COMMENT ON COLUMN public.steps.step_id IS 'Names the record it was read from by its bytes: reading it twice changes nothing.';

COMMENT ON COLUMN public.steps.what IS 'One of trunkline/calls/what.py, by its "kind".';

CREATE VIEW public.recorded_calls AS
 SELECT id,
    linkedid,
    ARRAY( SELECT s.leg
           FROM public.steps s
          WHERE ((s.call_id = c.id) AND ((s.what ->> 'kind'::text) = 'recorded'::text))
        UNION
         SELECT s.leg
           FROM public.recording_silences s
          WHERE ((s.call_id = c.id) AND (s.until IS NULL))) AS legs
   FROM public.calls c;

COMMENT ON VIEW public.recorded_calls IS 'The legs at which a call is or may be recorded, as far as we were told; asked for one call.';

CREATE TABLE public.recording_links (
    id uuid NOT NULL,
    recording_id uuid NOT NULL,
    name text NOT NULL,
    made_by uuid,
    made_at timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    opened integer DEFAULT 0 NOT NULL,
    opened_at timestamp with time zone,
    CONSTRAINT recording_links_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

COMMENT ON TABLE public.recording_links IS 'Links to recordings that were given out; the link itself is the id, its end and a signature of both.';

CREATE TABLE public.recording_redactions (
    recording_id uuid NOT NULL,
    kind text NOT NULL,
    start_at double precision NOT NULL,
    end_at double precision NOT NULL,
    silenced_at timestamp with time zone,
    CONSTRAINT recording_redactions_check CHECK ((end_at > start_at)),
    CONSTRAINT recording_redactions_kind_check CHECK ((kind = ANY (ARRAY['card'::text, 'code'::text])))
);

COMMENT ON TABLE public.recording_redactions IS 'Seconds of a recording in which a number of a card or its code was said; silenced_at: since when its sound holds silence there.';

CREATE TABLE public.recording_references (
    recording_id uuid NOT NULL,
    provider_id text DEFAULT ''::text NOT NULL,
    url text DEFAULT ''::text NOT NULL,
    told_at timestamp with time zone NOT NULL,
    asked integer DEFAULT 0 NOT NULL,
    asked_at timestamp with time zone,
    again_at timestamp with time zone,
    CONSTRAINT recording_references_check CHECK (((provider_id <> ''::text) OR (url <> ''::text))),
    CONSTRAINT recording_references_provider_id_check CHECK ((length(provider_id) <= 200)),
    CONSTRAINT recording_references_url_check CHECK ((length(url) <= 2000))
);

COMMENT ON TABLE public.recording_references IS 'Where a provider has a recording, until it is fetched: its id there, and the link it was told with, empty once that has ended.';

COMMENT ON COLUMN public.recording_references.told_at IS 'When somebody told it last: what it is looked for again is counted from.';

COMMENT ON COLUMN public.recording_references.again_at IS 'When it is asked for again; null: it is given up, or waits for what the settings do not say yet.';

CREATE TABLE public.recording_steps (
    recording_id uuid NOT NULL,
    stage text NOT NULL,
    done_at timestamp with time zone DEFAULT now() NOT NULL,
    took double precision NOT NULL
);

COMMENT ON TABLE public.recording_steps IS 'When a recording came to each stage, and how many seconds the work took.';

CREATE TABLE public.recording_tags (
    recording_id uuid NOT NULL,
    tag text NOT NULL,
    at double precision NOT NULL,
    times integer NOT NULL
);

COMMENT ON TABLE public.recording_tags IS 'What the dictionaries found: at the second of the first place, so many times. Ids are as old as their calls: those of a tag lie by month.';

CREATE TABLE public.recordings (
    id uuid NOT NULL,
    call_id uuid NOT NULL,
    pbx text NOT NULL,
    leg text NOT NULL,
    file text NOT NULL,
    stage text DEFAULT 'found'::text NOT NULL,
    stop text,
    told text DEFAULT ''::text NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    found_at timestamp with time zone DEFAULT now() NOT NULL,
    codec text DEFAULT ''::text NOT NULL,
    rate integer DEFAULT 0 NOT NULL,
    channels smallint DEFAULT 0 NOT NULL,
    seconds double precision DEFAULT 0 NOT NULL,
    size bigint DEFAULT 0 NOT NULL,
    sha256 bytea DEFAULT '\x'::bytea NOT NULL,
    peaks bytea DEFAULT '\x'::bytea NOT NULL,
    held_why text,
    look_rules bigint DEFAULT 0 NOT NULL,
    look_at timestamp with time zone,
    muting boolean DEFAULT false NOT NULL,
    sent boolean DEFAULT false NOT NULL,
    gone_at timestamp with time zone,
    CONSTRAINT recordings_file_check CHECK ((length(file) <= 1000)),
    CONSTRAINT recordings_held_why_check CHECK (((length(held_why) >= 1) AND (length(held_why) <= 200))),
    CONSTRAINT recordings_stage_check CHECK ((stage = ANY (ARRAY['found'::text, 'fetched'::text, 'checked'::text, 'converted'::text, 'kept'::text, 'expired'::text, 'refused'::text, 'deleted'::text]))),
    CONSTRAINT recordings_stop_check CHECK ((stop = ANY (ARRAY['no-folder'::text, 'outside'::text, 'missing'::text, 'empty'::text, 'unreadable'::text, 'failed'::text, 'undeleted'::text, 'no-link'::text, 'late'::text, 'link-ended'::text, 'unreached'::text, 'unauthorised'::text, 'forbidden'::text, 'too-large'::text])))
);

COMMENT ON TABLE public.recordings IS 'Files in which PBXs recorded calls: id as old as the call, how far each came, and why it stays there. A file of a call once, though no index says so: who adds one locks the call first. None is ever deleted, so what names one needs no foreign key.';

COMMENT ON COLUMN public.recordings.held_why IS 'Why no rule lets it expire; null: the rules decide.';

COMMENT ON COLUMN public.recordings.look_rules IS 'By which rules look_at was counted, a hash of them; 0: by none yet.';

COMMENT ON COLUMN public.recordings.look_at IS 'When one of the rules may let it go; null: none ever does.';

COMMENT ON COLUMN public.recordings.muting IS 'Words of it are hidden and its sound is not silenced there yet: nobody is to hear it.';

COMMENT ON COLUMN public.recordings.sent IS 'A program sent it in, and no PBX told of it: a file of its name in a PBX''s folder is another.';

COMMENT ON COLUMN public.recordings.gone_at IS 'When it was refused or expired; null again once its sounds were forgotten a second time.';

CREATE TABLE public.recovery_codes (
    person_id uuid NOT NULL,
    code_hash bytea NOT NULL
);

COMMENT ON TABLE public.recovery_codes IS 'Codes not yet used, each as an HMAC under the key outside the database.';

CREATE TABLE public.refused_marks (
    mark bytea NOT NULL,
    what text NOT NULL,
    reason text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    CONSTRAINT refused_marks_mark_check CHECK ((length(mark) = 16)),
    CONSTRAINT refused_marks_what_check CHECK ((what = ANY (ARRAY['call'::text, 'message'::text])))
);

COMMENT ON TABLE public.refused_marks IS 'Numbers that were erased and are not to be called, or written to, all the same: their marks alone.';

CREATE TABLE public.report_changes (
    hour timestamp with time zone NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL
);

COMMENT ON TABLE public.report_changes IS 'Hours in which calls began that changed, and by which transaction; appended to, so that writers never wait for the job.';

CREATE TABLE public.report_credits (
    day date NOT NULL,
    model smallint NOT NULL,
    by text NOT NULL,
    key text NOT NULL,
    band smallint NOT NULL,
    calls bigint NOT NULL,
    answered bigint NOT NULL,
    missed bigint NOT NULL,
    uniques bigint NOT NULL,
    target bigint NOT NULL,
    unique_target bigint NOT NULL,
    leads bigint NOT NULL,
    deals bigint NOT NULL,
    revenue bigint NOT NULL
);

COMMENT ON TABLE public.report_credits IS 'Millionths of calls, leads and deals, and kopecks, as an attribution model shares them; models by their place in calltracking.models.model.MODELS, -1 where all give the same.';

COMMENT ON COLUMN public.report_credits.band IS 'How sure the source is: 0 below a half, 1 below nine tenths, 2 from there on.';

CREATE TABLE public.report_facts (
    day date NOT NULL,
    kind text NOT NULL,
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    amount bigint NOT NULL,
    heard_at timestamp with time zone NOT NULL,
    led_by uuid,
    client bigint,
    dialled text NOT NULL,
    line_id uuid,
    departments uuid[] NOT NULL,
    people uuid[] NOT NULL,
    form_site uuid,
    visit_site uuid,
    visitor uuid,
    told_by text,
    site text NOT NULL,
    channel text NOT NULL,
    source text NOT NULL,
    campaign text NOT NULL,
    term text NOT NULL,
    landing text NOT NULL,
    confidence real NOT NULL,
    back interval NOT NULL,
    outcome text NOT NULL,
    talk_ms integer NOT NULL,
    is_cut boolean NOT NULL,
    lease text NOT NULL,
    target boolean NOT NULL,
    is_unique boolean NOT NULL,
    is_unique_target boolean NOT NULL
);

COMMENT ON TABLE public.report_facts IS 'Calls that came in, and the leads, deals and payments that a call or a form led to, of each day that is rolled up.';

COMMENT ON COLUMN public.report_facts.led_by IS 'Of a lead, deal or payment: the call or form that led to it; line, departments and people are that call''s.';

COMMENT ON COLUMN public.report_facts.client IS 'A hash of his number, for calls of the same one; null where it was hidden.';

COMMENT ON COLUMN public.report_facts.form_site IS 'Of what a form led to: the form''s site, by which it is seen.';

COMMENT ON COLUMN public.report_facts.visit_site IS 'The site of the visit that explains the call.';

COMMENT ON COLUMN public.report_facts.told_by IS 'As in attributions; null: nothing explains the call.';

COMMENT ON COLUMN public.report_facts.is_cut IS 'Of the call not everything was heard.';

COMMENT ON COLUMN public.report_facts.lease IS 'shared: its number was shared on the screen of its visit; none: nothing explains it, and for a week nobody was shown its number.';

CREATE TABLE public.report_mailing_people (
    view_id uuid NOT NULL,
    person_id uuid NOT NULL,
    stopped_at timestamp with time zone,
    sent_at timestamp with time zone,
    fault text DEFAULT ''::text NOT NULL,
    fault_at timestamp with time zone
);

COMMENT ON COLUMN public.report_mailing_people.stopped_at IS 'The receiver wants no more of it; nobody but he begins it again.';

COMMENT ON COLUMN public.report_mailing_people.fault IS 'Why the last letter was not sent: a word of calltracking/mailings, or what the mail server said.';

CREATE TABLE public.report_mailings (
    view_id uuid NOT NULL,
    every text NOT NULL,
    day smallint NOT NULL,
    hour smallint NOT NULL,
    file text NOT NULL,
    paused boolean DEFAULT false NOT NULL,
    handled_at timestamp with time zone NOT NULL,
    next_at timestamp with time zone NOT NULL,
    CONSTRAINT report_mailings_check CHECK (
CASE every
    WHEN 'day'::text THEN (day = 0)
    WHEN 'week'::text THEN ((day >= 1) AND (day <= 7))
    ELSE ((day >= 1) AND (day <= 31))
END),
    CONSTRAINT report_mailings_every_check CHECK ((every = ANY (ARRAY['day'::text, 'week'::text, 'month'::text]))),
    CONSTRAINT report_mailings_file_check CHECK ((file = ANY (ARRAY['xlsx'::text, 'csv'::text]))),
    CONSTRAINT report_mailings_hour_check CHECK (((hour >= 0) AND (hour <= 23)))
);

COMMENT ON COLUMN public.report_mailings.day IS 'Of the week, 1 is Monday, or of the month: where that is shorter, its last.';

COMMENT ON COLUMN public.report_mailings.handled_at IS 'No moment up to this one is due any more: its letters stand in the outbox, or it was before the mailing.';

CREATE TABLE public.report_months (
    month date NOT NULL,
    site_id uuid NOT NULL,
    by text NOT NULL,
    key text NOT NULL,
    visits integer NOT NULL,
    visitors integer NOT NULL
);

COMMENT ON TABLE public.report_months IS 'Visits of months that are over, of report_visits, summed by site and row; counted anew where a day of the month is.';

COMMENT ON COLUMN public.report_months.site_id IS 'All ones: all sites together.';

COMMENT ON COLUMN public.report_months.visitors IS 'Sums of each day''s different visitors of the site.';

CREATE TABLE public.report_shares (
    day date NOT NULL,
    kind text NOT NULL,
    line_id uuid,
    departments uuid[],
    people uuid[],
    form_site uuid,
    visit_site uuid,
    band smallint NOT NULL,
    parted boolean NOT NULL,
    shares integer[] NOT NULL,
    parts bigint[],
    answered boolean NOT NULL,
    missed boolean NOT NULL,
    target boolean NOT NULL,
    is_unique boolean NOT NULL,
    is_unique_target boolean NOT NULL,
    hour text NOT NULL,
    dialled text NOT NULL,
    site text NOT NULL,
    channel text NOT NULL,
    source text NOT NULL,
    campaign text NOT NULL,
    term text NOT NULL,
    landing text NOT NULL,
    visit_channel text,
    visit_source text,
    visit_campaign text,
    visit_term text,
    visit_page text,
    device text,
    place text
);

COMMENT ON TABLE public.report_shares IS 'What each visit is given of calls, leads, deals and payments of each day that is rolled up: a row of its own for a conversion without a visit.';

COMMENT ON COLUMN public.report_shares.departments IS 'Null: none; as people.';

COMMENT ON COLUMN public.report_shares.parted IS 'Models differ: two visits or more were before it.';

COMMENT ON COLUMN public.report_shares.shares IS 'Millionths by each model, in the order of calltracking.models.model.MODELS.';

COMMENT ON COLUMN public.report_shares.parts IS 'Of a payment, in kopecks, by each model.';

COMMENT ON COLUMN public.report_shares.channel IS 'By what the conversion is known itself; so it is told to who does not see the visit.';

CREATE TABLE public.report_site_visits (
    day date NOT NULL,
    site_id uuid NOT NULL,
    visits integer NOT NULL,
    visitors integer NOT NULL
);

COMMENT ON TABLE public.report_site_visits IS 'Visits of each day that is rolled up, summed by site, and different visitors of each site.';

CREATE TABLE public.report_traffic (
    day date NOT NULL,
    by text NOT NULL,
    key text NOT NULL,
    visits integer NOT NULL,
    visitors integer NOT NULL,
    unexplained integer DEFAULT 0 NOT NULL,
    has_facts boolean DEFAULT false NOT NULL,
    has_shares boolean DEFAULT false NOT NULL,
    of_sites integer DEFAULT 0 NOT NULL
);

COMMENT ON COLUMN public.report_traffic.visitors IS 'Different visitors of that day: exact for it, and no sum of days is.';

COMMENT ON COLUMN public.report_traffic.unexplained IS 'Only in the row of the whole day: calls to numbers that tell sources, and nothing explains them.';

COMMENT ON COLUMN public.report_traffic.has_facts IS 'Only in the row of the whole day: report_facts and report_visits hold it.';

COMMENT ON COLUMN public.report_traffic.has_shares IS 'Only in the row of the whole day: report_facts, report_visits and report_shares hold it.';

COMMENT ON COLUMN public.report_traffic.of_sites IS 'Each site''s different visitors, added up: a visitor of two counts twice.';

CREATE TABLE public.report_views (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    name text NOT NULL,
    fields jsonb NOT NULL,
    shared boolean DEFAULT false NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT report_views_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

COMMENT ON COLUMN public.report_views.fields IS 'What stands in the address: by, model, days and the like; whoever opens it sees what he may see.';

CREATE TABLE public.report_visits (
    day date NOT NULL,
    site_id uuid NOT NULL,
    id uuid NOT NULL,
    visitor uuid NOT NULL,
    started_at timestamp with time zone NOT NULL,
    channel text NOT NULL,
    source text NOT NULL,
    campaign text NOT NULL,
    term text NOT NULL,
    page text NOT NULL,
    device text NOT NULL,
    place text NOT NULL,
    hour text DEFAULT ''::text NOT NULL,
    firsts integer DEFAULT 0 NOT NULL
);

COMMENT ON TABLE public.report_visits IS 'Visits of each day that is rolled up, those of a site beside each other.';

COMMENT ON COLUMN public.report_visits.firsts IS 'Bits: that day''s first of this visitor on this site; and by each kind of row, its first there with the same value.';

CREATE TABLE public.report_zone (
    the_row boolean DEFAULT true NOT NULL,
    zone text NOT NULL,
    CONSTRAINT report_zone_the_row_check CHECK (the_row)
);

COMMENT ON TABLE public.report_zone IS 'Whose days the roll-up holds. With another zone in the settings it is made anew.';

CREATE TABLE public.reservations (
    id uuid NOT NULL,
    overlap_id uuid NOT NULL,
    company_id uuid NOT NULL,
    state text NOT NULL,
    until date,
    prolongations integer DEFAULT 0 NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    person_id uuid,
    CONSTRAINT reservations_reason_check CHECK ((length(reason) <= 500)),
    CONSTRAINT reservations_state_check CHECK ((state = ANY (ARRAY['active'::text, 'refused'::text, 'ended'::text, 'expired'::text])))
);

COMMENT ON TABLE public.reservations IS 'Which dealer has the end customer until when, and who was refused: one has him at a time.';

CREATE TABLE public.restores (
    restored_at timestamp with time zone NOT NULL,
    dumped_at timestamp with time zone NOT NULL,
    before uuid NOT NULL
);

COMMENT ON TABLE public.restores IS 'Each time this database was restored from a backup.';

COMMENT ON COLUMN public.restores.before IS 'Calls with a lower id began before that: deliveries about them are looked for before they are sent.';

CREATE TABLE public.sessions (
    id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    person_id uuid NOT NULL,
    stage text NOT NULL,
    address inet,
    agent text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT sessions_agent_check CHECK ((length(agent) <= 300)),
    CONSTRAINT sessions_stage_check CHECK ((stage = ANY (ARRAY['code'::text, 'full'::text])))
);

COMMENT ON COLUMN public.sessions.stage IS 'code: the password was right and the second factor is still owed; gives no rights.';

CREATE TABLE public.site_crawls (
    site_id uuid NOT NULL,
    next_at timestamp with time zone NOT NULL,
    held_until timestamp with time zone,
    begun_at timestamp with time zone,
    ended_at timestamp with time zone,
    pages integer DEFAULT 0 NOT NULL,
    unread integer DEFAULT 0 NOT NULL,
    cut text DEFAULT ''::text NOT NULL,
    fault text DEFAULT ''::text NOT NULL,
    trackers text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT site_crawls_cut_check CHECK ((cut = ANY (ARRAY[''::text, 'pages'::text, 'octets'::text, 'seconds'::text])))
);

COMMENT ON COLUMN public.site_crawls.held_until IS 'A node reads it until then; one that dies is followed by another.';

COMMENT ON COLUMN public.site_crawls.cut IS 'The limit that ended the last crawl.';

COMMENT ON COLUMN public.site_crawls.trackers IS 'Call trackings whose scripts the last crawl met in the source of pages, by name.';

CREATE TABLE public.site_findings (
    site_id uuid NOT NULL,
    number text NOT NULL,
    kind text NOT NULL,
    pages text[] NOT NULL,
    page_count integer NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    CONSTRAINT site_findings_kind_check CHECK ((kind = ANY (ARRAY['pool'::text, 'retired'::text, 'stranger'::text]))),
    CONSTRAINT site_findings_number_check CHECK ((number ~ '^\+[0-9]{5,15}$'::text))
);

COMMENT ON COLUMN public.site_findings.kind IS 'pool: every visitor is shown it, whoever holds it; retired: a line of ours that is shown no more; stranger: neither ours nor of anybody we know.';

COMMENT ON COLUMN public.site_findings.pages IS 'Some of the pages it stands on, page_count of all.';

COMMENT ON COLUMN public.site_findings.accepted_at IS 'Somebody said that it is right there; never so with a number of a pool.';

CREATE TABLE public.site_forms (
    id uuid NOT NULL,
    said_id uuid NOT NULL,
    kind text DEFAULT 'form'::text NOT NULL,
    site_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    said_at timestamp with time zone NOT NULL,
    visit_id uuid,
    visitor uuid,
    name text DEFAULT ''::text NOT NULL,
    phone text NOT NULL,
    email text DEFAULT ''::text NOT NULL,
    fields jsonb DEFAULT '{}'::jsonb NOT NULL,
    page text NOT NULL,
    agreed text NOT NULL,
    channel text DEFAULT ''::text NOT NULL,
    source text DEFAULT ''::text NOT NULL,
    medium text DEFAULT ''::text NOT NULL,
    campaign text DEFAULT ''::text NOT NULL,
    term text DEFAULT ''::text NOT NULL,
    lead_id uuid,
    callback_id uuid,
    CONSTRAINT site_forms_agreed_check CHECK (((length(agreed) >= 1) AND (length(agreed) <= 100))),
    CONSTRAINT site_forms_email_check CHECK ((length(email) <= 254)),
    CONSTRAINT site_forms_kind_check CHECK ((kind = ANY (ARRAY['form'::text, 'callback'::text]))),
    CONSTRAINT site_forms_name_check CHECK ((length(name) <= 200)),
    CONSTRAINT site_forms_phone_check CHECK ((phone ~ '^\+[0-9]{5,15}$'::text))
);

COMMENT ON COLUMN public.site_forms.said_id IS 'The browser''s own id: one that comes again changes nothing.';

COMMENT ON COLUMN public.site_forms.said_at IS 'When it was sent, by the browser''s clock.';

COMMENT ON COLUMN public.site_forms.agreed IS 'The id of the text the visitor agreed to.';

COMMENT ON COLUMN public.site_forms.channel IS 'Of the visit; where none is known, read from the page.';

CREATE TABLE public.spam_allow (
    number text NOT NULL,
    why text NOT NULL,
    until timestamp with time zone,
    note text DEFAULT ''::text NOT NULL,
    person text DEFAULT ''::text NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT spam_allow_number_check CHECK ((number ~ '^\+[0-9]{5,15}$'::text)),
    CONSTRAINT spam_allow_why_check CHECK ((why = ANY (ARRAY['hand'::text, 'passed'::text])))
);

COMMENT ON TABLE public.spam_allow IS 'Never kept out: put there by a person, or for 30 days by the right digit.';

CREATE TABLE public.spam_import_undo (
    import_id uuid NOT NULL,
    entry text NOT NULL COLLATE pg_catalog."C",
    was_source text,
    was_votes integer,
    was_note text,
    was_added_at timestamp with time zone,
    was_seen_at timestamp with time zone,
    votes integer,
    note text,
    seen_at timestamp with time zone,
    CONSTRAINT spam_import_undo_check CHECK (((was_votes IS NOT NULL) OR (votes IS NOT NULL)))
);

COMMENT ON TABLE public.spam_import_undo IS 'Numbers, and prefixes with a star, an import added (was_votes is null), changed, or took off (votes is null).';

CREATE TABLE public.spam_legit (
    number text NOT NULL,
    weight double precision NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT spam_legit_number_check CHECK ((number ~ '^\+[0-9]{5,15}$'::text))
);

COMMENT ON TABLE public.spam_legit IS 'Evidence that a number is a person''s, as a sum projected to `at`; it fades like votes, and is taken off them.';

CREATE TABLE public.spam_passed (
    call_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    number text NOT NULL
);

COMMENT ON TABLE public.spam_passed IS 'Calls whose caller pressed the right digit.';

CREATE TABLE public.spam_undone (
    number text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.spam_undone IS 'Numbers a person said are no spam, while that stands.';

CREATE VIEW public.spam_weighed AS
 SELECT s.number,
    s.source,
    s.note,
    (public.spam_weight((s.votes)::double precision, s.seen_at) - COALESCE(public.spam_weight(l.weight, l.at), (0)::double precision)) AS weight
   FROM (public.spam_numbers s
     LEFT JOIN public.spam_legit l USING (number));

COMMENT ON VIEW public.spam_weighed IS 'Spam numbers with what they are worth now; under a half they no longer count.';

CREATE TABLE public.spoken_numbers (
    number text NOT NULL,
    last_at timestamp with time zone NOT NULL,
    suspect boolean DEFAULT false NOT NULL,
    CONSTRAINT spoken_numbers_number_check CHECK ((number ~ '^\+[0-9]{5,15}$'::text))
);

COMMENT ON TABLE public.spoken_numbers IS 'Outside numbers we talked with for 30 seconds or more, either way.';

COMMENT ON COLUMN public.spoken_numbers.suspect IS 'Some list or range names it: only these are carried to the question.';

CREATE TABLE public.spool_positions (
    node text NOT NULL,
    process text NOT NULL,
    segment bigint NOT NULL,
    "offset" bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.spool_rejects (
    id uuid NOT NULL,
    node text NOT NULL,
    process text NOT NULL,
    kind smallint NOT NULL,
    at timestamp with time zone NOT NULL,
    payload bytea NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.story_writers (
    pbx text NOT NULL,
    writer uuid NOT NULL
);

COMMENT ON TABLE public.story_writers IS 'Who wrote the calls of a PBX last: its lock keeps two nodes apart, its change tells one to forget what it remembers.';

CREATE TABLE public.taps (
    id uuid NOT NULL,
    visit_id uuid NOT NULL,
    site_id uuid NOT NULL,
    placement text NOT NULL,
    number text NOT NULL,
    at timestamp with time zone NOT NULL
)
PARTITION BY RANGE (id);

COMMENT ON TABLE public.taps IS 'Touches of a tel: link: a call to the number follows within seconds.';

CREATE TABLE public.tasks (
    id uuid NOT NULL,
    source text NOT NULL,
    external_id text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    contact_id uuid,
    deal_id uuid,
    responsible_id uuid,
    title text DEFAULT ''::text NOT NULL,
    due_at timestamp with time zone,
    done_at timestamp with time zone,
    raw jsonb,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.touches (
    id uuid NOT NULL,
    source text NOT NULL,
    external_id text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    lead_id uuid,
    contact_id uuid,
    call_id uuid,
    kind text NOT NULL,
    text text DEFAULT ''::text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    raw jsonb,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    category text DEFAULT ''::text NOT NULL,
    CONSTRAINT touches_kind_check CHECK ((kind = ANY (ARRAY['call'::text, 'missed'::text, 'form'::text, 'callback'::text, 'chat'::text, 'email'::text, 'visit'::text])))
);

COMMENT ON COLUMN public.touches.tags IS 'By the rules that held when it was told; which did stands in raw.tagged.';

CREATE TABLE public.tracker_comments (
    id uuid NOT NULL,
    issue_id uuid NOT NULL,
    remote_id text,
    is_ours boolean NOT NULL,
    author text NOT NULL,
    text text NOT NULL,
    at timestamp with time zone NOT NULL
);

COMMENT ON COLUMN public.tracker_comments.is_ours IS 'Written here; its mark in the text keeps it from coming back.';

CREATE TABLE public.tracker_issues (
    id uuid NOT NULL,
    tracker_id uuid NOT NULL,
    kind text NOT NULL,
    about uuid NOT NULL,
    summary text NOT NULL,
    description text NOT NULL,
    person_id uuid,
    asked_at timestamp with time zone NOT NULL,
    key text,
    updated text DEFAULT ''::text NOT NULL,
    CONSTRAINT tracker_issues_kind_check CHECK ((kind = ANY (ARRAY['call'::text, 'lead'::text])))
);

COMMENT ON TABLE public.tracker_issues IS 'One of each call and lead; `id` is sent as `unique`, so that it is never made twice.';

COMMENT ON COLUMN public.tracker_issues.key IS 'As people call it there, PHONE-12; null until it is made.';

COMMENT ON COLUMN public.tracker_issues.updated IS 'What the tracker said of its last change, when its comments were read last.';

CREATE TABLE public.trackers (
    id uuid NOT NULL,
    is_only boolean DEFAULT true NOT NULL,
    api_url text NOT NULL,
    token bytea NOT NULL,
    org_header text NOT NULL,
    org_id text NOT NULL,
    queue text NOT NULL,
    login text NOT NULL,
    connected_at timestamp with time zone NOT NULL,
    asked_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    trouble text DEFAULT ''::text NOT NULL,
    CONSTRAINT trackers_api_url_check CHECK (((length(api_url) >= 8) AND (length(api_url) <= 300))),
    CONSTRAINT trackers_is_only_check CHECK (is_only),
    CONSTRAINT trackers_org_header_check CHECK ((org_header = ANY (ARRAY['X-Org-ID'::text, 'X-Cloud-Org-ID'::text]))),
    CONSTRAINT trackers_org_id_check CHECK (((length(org_id) >= 1) AND (length(org_id) <= 100))),
    CONSTRAINT trackers_queue_check CHECK (((length(queue) >= 1) AND (length(queue) <= 100)))
);

COMMENT ON TABLE public.trackers IS 'The Yandex Tracker of the company; there is one at most.';

COMMENT ON COLUMN public.trackers.token IS 'Sealed.';

COMMENT ON COLUMN public.trackers.login IS 'Whose token it is there.';

COMMENT ON COLUMN public.trackers.asked_at IS 'When it was last asked what was written.';

COMMENT ON COLUMN public.trackers.trouble IS 'Why it could not be asked the last time; empty when it could.';

CREATE TABLE public.tracking_bill_calls (
    bill_id uuid NOT NULL,
    place integer NOT NULL,
    number text NOT NULL,
    at timestamp with time zone NOT NULL,
    client text DEFAULT ''::text NOT NULL,
    seconds integer NOT NULL,
    CONSTRAINT tracking_bill_calls_seconds_check CHECK ((seconds >= 0))
);

COMMENT ON COLUMN public.tracking_bill_calls.client IS 'Empty: the bill does not tell it.';

CREATE TABLE public.tracking_bills (
    id uuid NOT NULL,
    file_name text NOT NULL,
    person_id uuid,
    content bytea NOT NULL,
    head jsonb NOT NULL,
    fields text[] DEFAULT '{}'::text[] NOT NULL,
    failure text DEFAULT ''::text NOT NULL,
    refused integer DEFAULT 0 NOT NULL,
    left_out integer DEFAULT 0 NOT NULL,
    problems jsonb DEFAULT '[]'::jsonb NOT NULL,
    sent_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.tracking_bills IS 'A file of calls as the operator counted them; deleted with its rows by who sent it in vain.';

COMMENT ON COLUMN public.tracking_bills.head IS 'Its first row and some of its values.';

COMMENT ON COLUMN public.tracking_bills.left_out IS 'Rows that are no incoming call to one of our lines.';

CREATE TABLE public.tracking_changes (
    hour timestamp with time zone NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL
);

COMMENT ON TABLE public.tracking_changes IS 'Hours of visits, calls, attributions, leads, deals and payments that changed, and by which transaction.';

CREATE TABLE public.tracking_clashes (
    site_id uuid NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    last_at timestamp with time zone NOT NULL,
    CONSTRAINT tracking_clashes_kind_check CHECK ((kind = ANY (ARRAY['fight'::text, 'foreign'::text])))
);

COMMENT ON COLUMN public.tracking_clashes.kind IS 'fight: it writes over ours again and again, so that ours gave up; foreign: a number that is none of ours took the place of one.';

CREATE TABLE public.tracking_cost_batches (
    key text NOT NULL,
    body bytea NOT NULL,
    answer jsonb NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.tracking_cost_batches IS 'Answers to requests with an Idempotency-Key, for a week.';

CREATE TABLE public.tracking_cost_files (
    id uuid NOT NULL,
    file_name text NOT NULL,
    person_id uuid,
    state text DEFAULT 'shown'::text NOT NULL,
    content bytea,
    head jsonb NOT NULL,
    fields text[] DEFAULT '{}'::text[] NOT NULL,
    source text DEFAULT ''::text NOT NULL,
    channel text DEFAULT ''::text NOT NULL,
    city text DEFAULT ''::text NOT NULL,
    vat numeric(6,4) DEFAULT 0 NOT NULL,
    failure text DEFAULT ''::text NOT NULL,
    rows integer DEFAULT 0 NOT NULL,
    refused integer DEFAULT 0 NOT NULL,
    problems jsonb DEFAULT '[]'::jsonb NOT NULL,
    gross bigint DEFAULT 0 NOT NULL,
    net bigint DEFAULT 0 NOT NULL,
    added integer DEFAULT 0 NOT NULL,
    changed integer DEFAULT 0 NOT NULL,
    unchanged integer DEFAULT 0 NOT NULL,
    kept integer DEFAULT 0 NOT NULL,
    sent_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT tracking_cost_files_state_check CHECK ((state = ANY (ARRAY['shown'::text, 'in'::text, 'undone'::text])))
);

COMMENT ON COLUMN public.tracking_cost_files.content IS 'The file itself, until it went in or two days are over.';

COMMENT ON COLUMN public.tracking_cost_files.head IS 'Its first row and some of its values.';

COMMENT ON COLUMN public.tracking_cost_files.kept IS 'Rows an undo left alone: they had been changed by something else since.';

CREATE TABLE public.tracking_costs (
    day date NOT NULL,
    mark uuid GENERATED ALWAYS AS (public.tracking_cost_mark(channel, source, campaign, keyword, city)) STORED NOT NULL,
    channel text NOT NULL,
    source text NOT NULL,
    campaign text NOT NULL,
    keyword text NOT NULL,
    city text NOT NULL,
    gross bigint NOT NULL,
    net bigint NOT NULL,
    file_id uuid,
    at timestamp with time zone DEFAULT now() NOT NULL,
    feed_id uuid,
    CONSTRAINT tracking_costs_campaign_check CHECK ((length(campaign) <= 200)),
    CONSTRAINT tracking_costs_channel_check CHECK ((length(channel) <= 200)),
    CONSTRAINT tracking_costs_check CHECK (((channel <> ''::text) OR (source <> ''::text))),
    CONSTRAINT tracking_costs_city_check CHECK ((length(city) <= 200)),
    CONSTRAINT tracking_costs_keyword_check CHECK ((length(keyword) <= 200)),
    CONSTRAINT tracking_costs_source_check CHECK ((length(source) <= 200))
);

COMMENT ON TABLE public.tracking_costs IS 'Kopecks with VAT (gross) and without (net), below zero where money came back. Who tells the same day and place again replaces it.';

COMMENT ON COLUMN public.tracking_costs.file_id IS 'The file that told it last; null: a program, or the source feed_id.';

COMMENT ON COLUMN public.tracking_costs.feed_id IS 'The source it was read from; that replaces only its own rows.';

CREATE TABLE public.tracking_costs_staged (
    file_id uuid NOT NULL,
    day date NOT NULL,
    mark uuid GENERATED ALWAYS AS (public.tracking_cost_mark(channel, source, campaign, keyword, city)) STORED NOT NULL,
    channel text NOT NULL,
    source text NOT NULL,
    campaign text NOT NULL,
    keyword text NOT NULL,
    city text NOT NULL,
    gross bigint NOT NULL,
    net bigint NOT NULL
);

COMMENT ON TABLE public.tracking_costs_staged IS 'What a file would bring in, while somebody looks at it.';

CREATE TABLE public.tracking_costs_undo (
    file_id uuid NOT NULL,
    day date NOT NULL,
    mark uuid NOT NULL,
    gross_before bigint,
    net_before bigint,
    file_before uuid,
    feed_before uuid
);

COMMENT ON COLUMN public.tracking_costs_undo.gross_before IS 'Null: there was none.';

CREATE TABLE public.tracking_numbers (
    id uuid NOT NULL,
    number text NOT NULL,
    since date NOT NULL,
    until date,
    pool_id uuid,
    site_id uuid,
    placement text DEFAULT ''::text NOT NULL,
    source text DEFAULT ''::text NOT NULL,
    channel text DEFAULT ''::text NOT NULL,
    campaign text DEFAULT ''::text NOT NULL,
    city text DEFAULT ''::text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    CONSTRAINT tracking_numbers_campaign_check CHECK ((length(campaign) <= 200)),
    CONSTRAINT tracking_numbers_channel_check CHECK ((length(channel) <= 200)),
    CONSTRAINT tracking_numbers_check CHECK ((until > since)),
    CONSTRAINT tracking_numbers_check1 CHECK (((pool_id IS NULL) OR ((site_id IS NULL) AND (((((placement || source) || channel) || campaign) || city) = ''::text)))),
    CONSTRAINT tracking_numbers_check2 CHECK (((pool_id IS NOT NULL) OR (site_id IS NOT NULL) OR ((((source || channel) || campaign) || city) <> ''::text))),
    CONSTRAINT tracking_numbers_check3 CHECK (((site_id IS NULL) = (placement = ''::text))),
    CONSTRAINT tracking_numbers_city_check CHECK ((length(city) <= 200)),
    CONSTRAINT tracking_numbers_note_check CHECK ((length(note) <= 200)),
    CONSTRAINT tracking_numbers_placement_check CHECK ((length(placement) <= 40)),
    CONSTRAINT tracking_numbers_source_check CHECK ((length(source) <= 200))
);

COMMENT ON TABLE public.tracking_numbers IS 'What a number tells over an interval: one source, or whatever its pool leases it for. Never two things at once.';

COMMENT ON COLUMN public.tracking_numbers.site_id IS 'Null: offline, e.g. a billboard.';

CREATE TABLE public.tracking_outages (
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    CONSTRAINT tracking_outages_check CHECK ((until > since))
);

COMMENT ON TABLE public.tracking_outages IS 'When no web process could: the script kept the numbers of the pages.';

CREATE TABLE public.tracking_placements (
    id uuid NOT NULL,
    site_id uuid NOT NULL,
    name text NOT NULL,
    number text NOT NULL,
    selectors text[] DEFAULT '{}'::text[] NOT NULL,
    pool_id uuid,
    CONSTRAINT tracking_placements_name_check CHECK ((name ~ '^[a-z][a-z0-9_-]{0,39}$'::text)),
    CONSTRAINT tracking_placements_selectors_check CHECK ((cardinality(selectors) <= 20))
);

CREATE TABLE public.tracking_pools (
    id uuid NOT NULL,
    name text NOT NULL,
    city text DEFAULT ''::text NOT NULL,
    most_sharing integer DEFAULT 5 NOT NULL,
    queue_id text,
    late_minutes integer DEFAULT 60 NOT NULL,
    CONSTRAINT tracking_pools_city_check CHECK ((length(city) <= 200)),
    CONSTRAINT tracking_pools_late_minutes_check CHECK (((late_minutes >= 0) AND (late_minutes <= 10080))),
    CONSTRAINT tracking_pools_most_sharing_check CHECK (((most_sharing >= 1) AND (most_sharing <= 50))),
    CONSTRAINT tracking_pools_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100)))
);

COMMENT ON COLUMN public.tracking_pools.most_sharing IS 'How many visitors may see one number at once when the pool is exhausted; 1: it is never shared.';

COMMENT ON COLUMN public.tracking_pools.queue_id IS 'Where a call goes that no lease explains; null: as the rules of its line say.';

COMMENT ON COLUMN public.tracking_pools.late_minutes IS 'How long after a lease''s end a call still goes where its site names.';

CREATE TABLE public.tracking_pulse (
    the_row boolean DEFAULT true NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT tracking_pulse_the_row_check CHECK (the_row)
);

COMMENT ON TABLE public.tracking_pulse IS 'When some web process could last write to the database: before it, websites got their numbers.';

CREATE TABLE public.tracking_site_names (
    name text NOT NULL,
    site_id uuid NOT NULL
);

COMMENT ON TABLE public.tracking_site_names IS 'Names that attributions call sites by, former ones too; of several sites of one name, the last to take it.';

CREATE TABLE public.tracking_sites (
    id uuid NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    hosts text[] NOT NULL,
    brand text DEFAULT ''::text NOT NULL,
    city text DEFAULT ''::text NOT NULL,
    consent text DEFAULT 'full'::text NOT NULL,
    take text DEFAULT 'need'::text NOT NULL,
    hold_minutes integer DEFAULT 15 NOT NULL,
    beat_seconds integer DEFAULT 25 NOT NULL,
    active boolean DEFAULT true NOT NULL,
    queue_id text,
    target_seconds integer DEFAULT 30 NOT NULL,
    unique_days integer DEFAULT 1 NOT NULL,
    campaign_days integer DEFAULT 90 NOT NULL,
    CONSTRAINT tracking_sites_beat_seconds_check CHECK (((beat_seconds >= 5) AND (beat_seconds <= 30))),
    CONSTRAINT tracking_sites_brand_check CHECK ((length(brand) <= 200)),
    CONSTRAINT tracking_sites_campaign_days_check CHECK (((campaign_days >= 1) AND (campaign_days <= 365))),
    CONSTRAINT tracking_sites_city_check CHECK ((length(city) <= 200)),
    CONSTRAINT tracking_sites_consent_check CHECK ((consent = ANY (ARRAY['full'::text, 'cookieless'::text, 'none'::text]))),
    CONSTRAINT tracking_sites_hold_minutes_check CHECK (((hold_minutes >= 1) AND (hold_minutes <= 10080))),
    CONSTRAINT tracking_sites_hosts_check CHECK (((cardinality(hosts) >= 1) AND (cardinality(hosts) <= 50))),
    CONSTRAINT tracking_sites_key_check CHECK ((key ~ '^[a-z0-9]{12}$'::text)),
    CONSTRAINT tracking_sites_name_check CHECK (((length(name) >= 1) AND (length(name) <= 100))),
    CONSTRAINT tracking_sites_take_check CHECK ((take = ANY (ARRAY['need'::text, 'load'::text]))),
    CONSTRAINT tracking_sites_target_seconds_check CHECK (((target_seconds >= 0) AND (target_seconds <= 3600))),
    CONSTRAINT tracking_sites_unique_days_check CHECK (((unique_days >= 1) AND (unique_days <= 365)))
);

COMMENT ON COLUMN public.tracking_sites.key IS 'What the script sends; it is on every page and no secret.';

COMMENT ON COLUMN public.tracking_sites.queue_id IS 'Where calls to numbers leased to its visitors go; null: to the pool''s queue.';

COMMENT ON COLUMN public.tracking_sites.target_seconds IS 'A talk of at least this long is a target call.';

COMMENT ON COLUMN public.tracking_sites.unique_days IS 'A call is unique where its number talked with nobody of the site for so many times 24 hours.';

COMMENT ON COLUMN public.tracking_sites.campaign_days IS 'How far back a visit may lie that is given something of what followed.';

CREATE VIEW public.tracking_rules AS
 SELECT n.name AS site,
    (s.target_seconds * 1000) AS target_ms,
    make_interval(hours => (24 * s.unique_days)) AS repeat,
    make_interval(hours => (24 * s.campaign_days)) AS back
   FROM (public.tracking_site_names n
     JOIN public.tracking_sites s ON ((s.id = n.site_id)));

COMMENT ON VIEW public.tracking_rules IS 'By what rules a site counts, by the name its calls are attributed to; calls of no name here take those of a new site.';

CREATE TABLE public.tracking_tests (
    id uuid NOT NULL,
    site_id uuid NOT NULL,
    mark text NOT NULL,
    page text NOT NULL,
    person_id uuid,
    started_at timestamp with time zone NOT NULL,
    visit_id uuid,
    visited_at timestamp with time zone,
    number text DEFAULT ''::text NOT NULL,
    kind text DEFAULT ''::text NOT NULL,
    shown_at timestamp with time zone,
    call_id uuid,
    called_at timestamp with time zone,
    confidence real,
    state text DEFAULT 'open'::text NOT NULL,
    why text DEFAULT ''::text NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT tracking_tests_check CHECK (((state = 'open'::text) = (ended_at IS NULL))),
    CONSTRAINT tracking_tests_mark_check CHECK ((mark ~ '^test-[a-z0-9]{10}$'::text)),
    CONSTRAINT tracking_tests_page_check CHECK ((length(page) <= 500)),
    CONSTRAINT tracking_tests_state_check CHECK ((state = ANY (ARRAY['open'::text, 'passed'::text, 'failed'::text]))),
    CONSTRAINT tracking_tests_why_check CHECK ((why = ANY (ARRAY[''::text, 'late'::text, 'elsewhere'::text, 'unsure'::text, 'given_up'::text])))
);

COMMENT ON COLUMN public.tracking_tests.mark IS 'The utm_campaign of its link: the visit that has it is the test''s.';

COMMENT ON COLUMN public.tracking_tests.why IS 'Why it failed: not done in time, the call was given to another visit or to none, to this one below 50 %, or it was given up.';

CREATE TABLE public.tracking_zone (
    the_row boolean DEFAULT true NOT NULL,
    zone text NOT NULL,
    CONSTRAINT tracking_zone_the_row_check CHECK (the_row)
);

COMMENT ON TABLE public.tracking_zone IS 'Whose days the roll-up holds. With another zone in the settings it is made anew.';

CREATE TABLE public.transcript_search (
    recording_id uuid NOT NULL,
    side text NOT NULL,
    words tsvector NOT NULL,
    CONSTRAINT transcript_search_side_check CHECK ((side = ANY (ARRAY['all'::text, 'agent'::text, 'client'::text, 'mixed'::text])))
)
PARTITION BY RANGE (recording_id);

COMMENT ON TABLE public.transcript_search IS 'Transcripts as the search reads them, made again from transcripts: one row where nobody knows who speaks (mixed), else all of it and each side. words holds speech_pairs too.';

CREATE TABLE public.transcripts (
    recording_id uuid NOT NULL,
    stage text DEFAULT 'wanted'::text NOT NULL,
    stop text,
    told text DEFAULT ''::text NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    wanted_at timestamp with time zone DEFAULT now() NOT NULL,
    made_at timestamp with time zone,
    took double precision,
    engine text DEFAULT ''::text NOT NULL,
    model text DEFAULT ''::text NOT NULL,
    language text DEFAULT ''::text NOT NULL,
    pieces bytea,
    CONSTRAINT transcripts_stage_check CHECK ((stage = ANY (ARRAY['wanted'::text, 'transcribed'::text]))),
    CONSTRAINT transcripts_stop_check CHECK ((stop = ANY (ARRAY['policy'::text, 'short'::text, 'no-model'::text, 'silent'::text, 'failed'::text])))
);

COMMENT ON TABLE public.transcripts IS 'The text of recordings: how far each came and why it stays there; pieces is JSON of recordings/transcript.py, a Piece each.';

COMMENT ON COLUMN public.transcripts.took IS 'Seconds the engine worked on it.';

CREATE TABLE public.trunks (
    id uuid NOT NULL,
    pbx_id text NOT NULL,
    name text NOT NULL,
    operator text DEFAULT ''::text NOT NULL,
    format text DEFAULT 'e164'::text NOT NULL,
    prefix text DEFAULT ''::text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT trunks_format_check CHECK ((format = ANY (ARRAY['e164'::text, 'digits'::text, 'national'::text]))),
    CONSTRAINT trunks_name_check CHECK ((name ~ '^[A-Za-z0-9_.-]{1,80}$'::text)),
    CONSTRAINT trunks_operator_check CHECK ((length(operator) <= 200)),
    CONSTRAINT trunks_prefix_check CHECK ((prefix ~ '^[0-9*#+]{0,10}$'::text))
);

COMMENT ON COLUMN public.trunks.name IS 'The endpoint of the PBX: Dial(PJSIP/NUMBER@name).';

COMMENT ON COLUMN public.trunks.format IS 'How the operator wants numbers: +79161234567, 79161234567, or 89161234567 and 810 abroad.';

COMMENT ON COLUMN public.trunks.prefix IS 'Digits before the number.';

CREATE TABLE public.visit_links (
    person_id uuid NOT NULL,
    id text NOT NULL,
    secret_hash bytea NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT visit_links_id_check CHECK ((id ~ '^[0-9a-f]{12}$'::text))
);

COMMENT ON TABLE public.visit_links IS 'The address at which a person''s calendar reads his visits; its secret is kept as a hash.';

CREATE TABLE public.visit_rules (
    only_one boolean DEFAULT true NOT NULL,
    minutes integer DEFAULT 60 NOT NULL,
    step_minutes integer DEFAULT 30 NOT NULL,
    notice_minutes integer DEFAULT 120 NOT NULL,
    days integer DEFAULT 14 NOT NULL,
    CONSTRAINT visit_rules_days_check CHECK (((days >= 1) AND (days <= 60))),
    CONSTRAINT visit_rules_minutes_check CHECK (((minutes >= 5) AND (minutes <= 720))),
    CONSTRAINT visit_rules_notice_minutes_check CHECK (((notice_minutes >= 0) AND (notice_minutes <= 20160))),
    CONSTRAINT visit_rules_only_one_check CHECK (only_one),
    CONSTRAINT visit_rules_step_minutes_check CHECK (((step_minutes >= 5) AND (step_minutes <= 240)))
);

COMMENT ON TABLE public.visit_rules IS 'How long a visit is, how often one may begin, how soon at the earliest, how many days ahead.';

CREATE TABLE public.visits (
    id uuid NOT NULL,
    visitor uuid NOT NULL,
    site_id uuid NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    landing text NOT NULL,
    referrer text NOT NULL,
    agent text NOT NULL,
    consent text NOT NULL,
    ym text DEFAULT ''::text NOT NULL,
    ga text DEFAULT ''::text NOT NULL,
    skew_ms bigint DEFAULT 0 NOT NULL,
    channel text DEFAULT ''::text NOT NULL,
    source text DEFAULT ''::text NOT NULL,
    medium text DEFAULT ''::text NOT NULL,
    campaign text DEFAULT ''::text NOT NULL,
    term text DEFAULT ''::text NOT NULL,
    content text DEFAULT ''::text NOT NULL,
    ga_sessions text DEFAULT ''::text NOT NULL,
    country text DEFAULT ''::text NOT NULL,
    region text DEFAULT ''::text NOT NULL,
    city text DEFAULT ''::text NOT NULL,
    numbers_absent boolean DEFAULT false NOT NULL
)
PARTITION BY RANGE (id);

COMMENT ON COLUMN public.visits.landing IS 'The address of the first page as the browser sent it, with its tags.';

COMMENT ON COLUMN public.visits.skew_ms IS 'The browser''s clock less ours.';

COMMENT ON COLUMN public.visits.channel IS 'Read from landing and referrer when the visit is stored; empty before that was known.';

COMMENT ON COLUMN public.visits.ga_sessions IS 'stream=session of each of gtag''s streams on the page, with a space between: G-ABC123 is the measurement id of ABC123.';

COMMENT ON COLUMN public.visits.country IS 'ISO 3166-1, by the visitor''s address when it began; the address itself is not kept.';

COMMENT ON COLUMN public.visits.region IS 'Of Russia its subject''s code (trunkline/numbering/subjects.csv), elsewhere that of ISO 3166-2, e.g. DE-BY.';

COMMENT ON COLUMN public.visits.city IS 'Its name; only of visitors who agreed to a cookie.';

COMMENT ON COLUMN public.visits.numbers_absent IS 'None of the site''s numbers was found on any of its pages, as far as they told.';

CREATE TABLE public.webhook_endpoints (
    id uuid NOT NULL,
    name text NOT NULL,
    url text NOT NULL,
    secret bytea NOT NULL,
    events text[] DEFAULT '{}'::text[] NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT webhook_endpoints_url_check CHECK ((url ~ '^https?://'::text))
);

COMMENT ON COLUMN public.webhook_endpoints.secret IS 'Sealed with the key outside the database; signs every request.';

COMMENT ON COLUMN public.webhook_endpoints.events IS 'Names such as call.ended, or * for all.';

ALTER TABLE ONLY public.pgqueuer ALTER COLUMN id SET DEFAULT nextval('public.pgqueuer_id_seq'::regclass);

ALTER TABLE ONLY public.pgqueuer_schedules ALTER COLUMN id SET DEFAULT nextval('public.pgqueuer_schedules_id_seq'::regclass);

ALTER TABLE ONLY public.pgqueuer_statistics ALTER COLUMN id SET DEFAULT nextval('public.pgqueuer_statistics_id_seq'::regclass);

ALTER TABLE ONLY public.absences
    ADD CONSTRAINT absences_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.account_departments
    ADD CONSTRAINT account_departments_pkey PRIMARY KEY (person_id, department_id);

ALTER TABLE ONLY public.account_lines
    ADD CONSTRAINT account_lines_pkey PRIMARY KEY (person_id, line_id);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY public.agent_calls
    ADD CONSTRAINT agent_calls_pkey PRIMARY KEY (call_id, extension);

ALTER TABLE ONLY public.alarm_recipients
    ADD CONSTRAINT alarm_recipients_email_key UNIQUE (email);

ALTER TABLE ONLY public.alarm_recipients
    ADD CONSTRAINT alarm_recipients_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alarms
    ADD CONSTRAINT alarms_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.analyses
    ADD CONSTRAINT analyses_pkey PRIMARY KEY (recording_id);

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.attributions
    ADD CONSTRAINT attributions_pkey PRIMARY KEY (call_id);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.booked_visits
    ADD CONSTRAINT booked_visits_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.bot_cards
    ADD CONSTRAINT bot_cards_bot_id_person_id_call_id_key UNIQUE (bot_id, person_id, call_id);

ALTER TABLE ONLY public.bot_cards
    ADD CONSTRAINT bot_cards_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.bot_chats
    ADD CONSTRAINT bot_chats_bot_id_chat_id_key UNIQUE (bot_id, chat_id);

ALTER TABLE ONLY public.bot_chats
    ADD CONSTRAINT bot_chats_pkey PRIMARY KEY (bot_id, person_id);

ALTER TABLE ONLY public.bot_codes
    ADD CONSTRAINT bot_codes_code_hash_key UNIQUE (code_hash);

ALTER TABLE ONLY public.bot_codes
    ADD CONSTRAINT bot_codes_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY public.bot_posts
    ADD CONSTRAINT bot_posts_bot_id_person_id_kind_about_key UNIQUE (bot_id, person_id, kind, about);

ALTER TABLE ONLY public.bot_posts
    ADD CONSTRAINT bot_posts_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.bot_presses
    ADD CONSTRAINT bot_presses_pkey PRIMARY KEY (card, action);

ALTER TABLE ONLY public.bot_updates
    ADD CONSTRAINT bot_updates_pkey PRIMARY KEY (bot_id, update_id);

ALTER TABLE ONLY public.bots
    ADD CONSTRAINT bots_kind_key UNIQUE (kind);

ALTER TABLE ONLY public.bots
    ADD CONSTRAINT bots_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.busy_spans
    ADD CONSTRAINT busy_spans_pkey PRIMARY KEY (person_id, starts_at);

ALTER TABLE ONLY public.calendar_days
    ADD CONSTRAINT calendar_days_pkey PRIMARY KEY (country, day);

ALTER TABLE ONLY public.calendar_feeds
    ADD CONSTRAINT calendar_feeds_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY public.calendar_imports
    ADD CONSTRAINT calendar_imports_pkey PRIMARY KEY (country, year);

ALTER TABLE ONLY public.calendar_overrides
    ADD CONSTRAINT calendar_overrides_apart EXCLUDE USING gist (branch WITH =, daterange(first, last, '[]'::text) WITH &&);

ALTER TABLE ONLY public.calendar_overrides
    ADD CONSTRAINT calendar_overrides_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.call_contacts
    ADD CONSTRAINT call_contacts_pkey PRIMARY KEY (call_id);

ALTER TABLE ONLY public.call_keys
    ADD CONSTRAINT call_keys_pkey PRIMARY KEY (pbx, linkedid);

ALTER TABLE ONLY public.call_orders
    ADD CONSTRAINT call_orders_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.call_wrap_ups
    ADD CONSTRAINT call_wrap_ups_pkey PRIMARY KEY (call_id, person_id);

ALTER TABLE ONLY public.callback_widgets
    ADD CONSTRAINT callback_widgets_pkey PRIMARY KEY (site_id);

ALTER TABLE ONLY public.callbacks
    ADD CONSTRAINT callbacks_idem_key UNIQUE (idem);

ALTER TABLE ONLY public.callbacks
    ADD CONSTRAINT callbacks_pkey PRIMARY KEY (id);

ALTER TABLE public.calls
    ADD CONSTRAINT calls_notice_state_check CHECK ((notice_state = ANY (ARRAY['waits'::text, 'plays'::text, 'played'::text, 'refused'::text, 'hung_up'::text, 'unplayed'::text]))) NOT VALID;

ALTER TABLE ONLY public.calls
    ADD CONSTRAINT calls_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.card_fields
    ADD CONSTRAINT card_fields_pkey PRIMARY KEY (class);

ALTER TABLE ONLY public.card_hints
    ADD CONSTRAINT card_hints_kind_key_key UNIQUE (kind, key);

ALTER TABLE ONLY public.card_hints
    ADD CONSTRAINT card_hints_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.card_topics
    ADD CONSTRAINT card_topics_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.chat2desk_accounts
    ADD CONSTRAINT chat2desk_accounts_is_only_key UNIQUE (is_only);

ALTER TABLE ONLY public.chat2desk_accounts
    ADD CONSTRAINT chat2desk_accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.chat2desk_calls
    ADD CONSTRAINT chat2desk_calls_pkey PRIMARY KEY (call_id);

ALTER TABLE ONLY public.chat_clients
    ADD CONSTRAINT chat_clients_pkey PRIMARY KEY (inbox_id, client);

ALTER TABLE ONLY public.chat_inboxes
    ADD CONSTRAINT chat_inboxes_name_key UNIQUE (name);

ALTER TABLE ONLY public.chat_inboxes
    ADD CONSTRAINT chat_inboxes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.chat_numbers
    ADD CONSTRAINT chat_numbers_pkey PRIMARY KEY (inbox_id, client, phone);

ALTER TABLE ONLY public.client_consents
    ADD CONSTRAINT client_consents_pkey PRIMARY KEY (contact_id);

ALTER TABLE ONLY public.companies
    ADD CONSTRAINT companies_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.companies
    ADD CONSTRAINT companies_source_external_id_key UNIQUE (source, external_id);

ALTER TABLE ONLY public.contact_notes
    ADD CONSTRAINT contact_notes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.contact_phones
    ADD CONSTRAINT contact_phones_pkey PRIMARY KEY (number, contact_id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_source_external_id_key UNIQUE (source, external_id);

ALTER TABLE ONLY public.cost_feeds
    ADD CONSTRAINT cost_feeds_name_key UNIQUE (name);

ALTER TABLE ONLY public.cost_feeds
    ADD CONSTRAINT cost_feeds_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.crm_calls
    ADD CONSTRAINT crm_calls_pkey PRIMARY KEY (connector_id, call_id);

ALTER TABLE ONLY public.crm_clients
    ADD CONSTRAINT crm_clients_pkey PRIMARY KEY (connector_id, phone);

ALTER TABLE ONLY public.crm_connectors
    ADD CONSTRAINT crm_connectors_name_key UNIQUE (name);

ALTER TABLE ONLY public.crm_connectors
    ADD CONSTRAINT crm_connectors_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.crm_deal_fields
    ADD CONSTRAINT crm_deal_fields_pkey PRIMARY KEY (connector_id, role);

ALTER TABLE ONLY public.crm_events
    ADD CONSTRAINT crm_events_pkey PRIMARY KEY (connector_id, key);

ALTER TABLE ONLY public.crm_hints
    ADD CONSTRAINT crm_hints_pkey PRIMARY KEY (connector_id, entity, id);

ALTER TABLE ONLY public.crm_hooks
    ADD CONSTRAINT crm_hooks_pkey PRIMARY KEY (connector_id);

ALTER TABLE ONLY public.crm_lead_news
    ADD CONSTRAINT crm_lead_news_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.crm_lines
    ADD CONSTRAINT crm_lines_pkey PRIMARY KEY (connector_id, number);

ALTER TABLE ONLY public.crm_mappings
    ADD CONSTRAINT crm_mappings_pkey PRIMARY KEY (connector_id);

ALTER TABLE ONLY public.crm_mirrors
    ADD CONSTRAINT crm_mirrors_pkey PRIMARY KEY (connector_id, entity);

ALTER TABLE ONLY public.crm_onec
    ADD CONSTRAINT crm_onec_pkey PRIMARY KEY (connector_id);

ALTER TABLE ONLY public.crm_onec_places
    ADD CONSTRAINT crm_onec_places_pkey PRIMARY KEY (connector_id, part);

ALTER TABLE ONLY public.crm_onec_rows
    ADD CONSTRAINT crm_onec_rows_pkey PRIMARY KEY (source, kind, external_id);

ALTER TABLE ONLY public.crm_onec
    ADD CONSTRAINT crm_onec_source_key UNIQUE (source);

ALTER TABLE ONLY public.crm_onec_waiting
    ADD CONSTRAINT crm_onec_waiting_pkey PRIMARY KEY (source, kind, external_id, field);

ALTER TABLE ONLY public.crm_people
    ADD CONSTRAINT crm_people_pkey PRIMARY KEY (connector_id, user_id);

ALTER TABLE ONLY public.crm_pulled
    ADD CONSTRAINT crm_pulled_pkey PRIMARY KEY (connector_id, entity, external_id);

ALTER TABLE ONLY public.crm_pulls
    ADD CONSTRAINT crm_pulls_pkey PRIMARY KEY (connector_id, entity);

ALTER TABLE ONLY public.crm_reconciliations
    ADD CONSTRAINT crm_reconciliations_pkey PRIMARY KEY (connector_id, at);

ALTER TABLE ONLY public.crm_tokens
    ADD CONSTRAINT crm_tokens_pkey PRIMARY KEY (connector_id);

ALTER TABLE ONLY public.crm_users
    ADD CONSTRAINT crm_users_pkey PRIMARY KEY (connector_id, extension);

ALTER TABLE ONLY public.dealer_overlaps
    ADD CONSTRAINT dealer_overlaps_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.deals
    ADD CONSTRAINT deals_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.deals
    ADD CONSTRAINT deals_source_external_id_key UNIQUE (source, external_id);

ALTER TABLE ONLY public.debts
    ADD CONSTRAINT debts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.debts
    ADD CONSTRAINT debts_source_external_id_key UNIQUE (source, external_id);

ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_pkey PRIMARY KEY (call_id, at, turn);

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_slug_key UNIQUE (slug);

ALTER TABLE ONLY public.dial_rules
    ADD CONSTRAINT dial_rules_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.dials
    ADD CONSTRAINT dials_channel_key UNIQUE (channel);

ALTER TABLE ONLY public.dials
    ADD CONSTRAINT dials_idem_key UNIQUE (idem);

ALTER TABLE ONLY public.dials
    ADD CONSTRAINT dials_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dictionaries
    ADD CONSTRAINT dictionaries_name_key UNIQUE (name);

ALTER TABLE ONLY public.dictionaries
    ADD CONSTRAINT dictionaries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dictionaries_version
    ADD CONSTRAINT dictionaries_version_pkey PRIMARY KEY (single);

ALTER TABLE ONLY public.directory_pruned
    ADD CONSTRAINT directory_pruned_pkey PRIMARY KEY (the_row);

ALTER TABLE ONLY public.do_not_call
    ADD CONSTRAINT do_not_call_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.expert_rules
    ADD CONSTRAINT expert_rules_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.expert_topic_people
    ADD CONSTRAINT expert_topic_people_pkey PRIMARY KEY (topic_id, person_id);

ALTER TABLE ONLY public.expert_topics
    ADD CONSTRAINT expert_topics_name_key UNIQUE (name);

ALTER TABLE ONLY public.expert_topics
    ADD CONSTRAINT expert_topics_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.export_batches
    ADD CONSTRAINT export_batches_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.export_counts
    ADD CONSTRAINT export_counts_pkey PRIMARY KEY (destination_id, day, number);

ALTER TABLE ONLY public.export_destinations
    ADD CONSTRAINT export_destinations_name_key UNIQUE (name);

ALTER TABLE ONLY public.export_destinations
    ADD CONSTRAINT export_destinations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.export_payments
    ADD CONSTRAINT export_payments_pkey PRIMARY KEY (payment_id);

ALTER TABLE ONLY public.exports
    ADD CONSTRAINT exports_destination_id_subject_key UNIQUE (destination_id, subject);

ALTER TABLE ONLY public.exports
    ADD CONSTRAINT exports_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.first_steps_left
    ADD CONSTRAINT first_steps_left_pkey PRIMARY KEY (step);

ALTER TABLE ONLY public.google_accounts
    ADD CONSTRAINT google_accounts_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY public.google_app
    ADD CONSTRAINT google_app_pkey PRIMARY KEY (single);

ALTER TABLE ONLY public.google_cards
    ADD CONSTRAINT google_cards_pkey PRIMARY KEY (person_id, uid);

ALTER TABLE ONLY public.google_sign_ins
    ADD CONSTRAINT google_sign_ins_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY public.groups_seen
    ADD CONSTRAINT groups_seen_pkey PRIMARY KEY (pbx, queue);

ALTER TABLE ONLY public.hooks_heard
    ADD CONSTRAINT hooks_heard_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.hosted_histories
    ADD CONSTRAINT hosted_histories_pkey PRIMARY KEY (pbx);

ALTER TABLE ONLY public.import_maps
    ADD CONSTRAINT import_maps_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.import_undo
    ADD CONSTRAINT import_undo_pkey PRIMARY KEY (import_id, contact_id);

ALTER TABLE ONLY public.imports
    ADD CONSTRAINT imports_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_source_external_id_key UNIQUE (source, external_id);

ALTER TABLE ONLY public.job_attempts
    ADD CONSTRAINT job_attempts_pkey PRIMARY KEY (job_id);

ALTER TABLE ONLY public.last_lines
    ADD CONSTRAINT last_lines_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.last_talks
    ADD CONSTRAINT last_talks_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.lead_clocks
    ADD CONSTRAINT lead_clocks_pkey PRIMARY KEY (lead_id);

ALTER TABLE ONLY public.lead_numbers
    ADD CONSTRAINT lead_numbers_pkey PRIMARY KEY (phone, lead_id);

ALTER TABLE ONLY public.lead_pairs
    ADD CONSTRAINT lead_pairs_pkey PRIMARY KEY (one, other);

ALTER TABLE ONLY public.lead_rules
    ADD CONSTRAINT lead_rules_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.lead_tag_rules
    ADD CONSTRAINT lead_tag_rules_name_key UNIQUE (name);

ALTER TABLE ONLY public.lead_tag_rules
    ADD CONSTRAINT lead_tag_rules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.leads
    ADD CONSTRAINT leads_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.leads
    ADD CONSTRAINT leads_source_external_id_key UNIQUE (source, external_id);

ALTER TABLE ONLY public.lease_current
    ADD CONSTRAINT lease_current_exclusive EXCLUDE USING gist (public.directory_key(number) WITH =, tstzrange(granted_at, until) WITH &&) WHERE ((kind <> 'shared'::text));

ALTER TABLE ONLY public.lease_current
    ADD CONSTRAINT lease_current_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.lease_current
    ADD CONSTRAINT lease_current_visitor_site_id_placement_key UNIQUE (visitor, site_id, placement);

ALTER TABLE ONLY public.lease_history
    ADD CONSTRAINT lease_history_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.lease_misses
    ADD CONSTRAINT lease_misses_pkey PRIMARY KEY (visit_id, pool_id);

ALTER TABLE ONLY public.line_aliases
    ADD CONSTRAINT line_aliases_pkey PRIMARY KEY (alias);

ALTER TABLE ONLY public.line_labels
    ADD CONSTRAINT line_labels_pkey PRIMARY KEY (line_id, operator, since);

ALTER TABLE public.line_notices
    ADD CONSTRAINT line_notices_digit_check CHECK ((digit ~ '^[0-9*]?$'::text)) NOT VALID;

ALTER TABLE ONLY public.line_notices
    ADD CONSTRAINT line_notices_pkey PRIMARY KEY (line_id, way, version);

ALTER TABLE ONLY public.line_operators
    ADD CONSTRAINT line_operators_one_at_a_time EXCLUDE USING gist (line_id WITH =, daterange(since, until, '[)'::text) WITH &&);

ALTER TABLE ONLY public.line_operators
    ADD CONSTRAINT line_operators_pkey PRIMARY KEY (line_id, since);

ALTER TABLE ONLY public.lines
    ADD CONSTRAINT lines_number_key UNIQUE (number);

ALTER TABLE ONLY public.lines
    ADD CONSTRAINT lines_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.link_gaps
    ADD CONSTRAINT link_gaps_pkey PRIMARY KEY (pbx, since);

ALTER TABLE ONLY public.mailbox_letters
    ADD CONSTRAINT mailbox_letters_pkey PRIMARY KEY (mailbox_id, digest);

ALTER TABLE ONLY public.mailboxes
    ADD CONSTRAINT mailboxes_name_key UNIQUE (name);

ALTER TABLE ONLY public.mailboxes
    ADD CONSTRAINT mailboxes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.members_made
    ADD CONSTRAINT members_made_pkey PRIMARY KEY (pbx, queue, interface);

ALTER TABLE ONLY public.message_decisions
    ADD CONSTRAINT message_decisions_pkey PRIMARY KEY (rule_id, key);

ALTER TABLE ONLY public.message_rooms
    ADD CONSTRAINT message_rooms_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.message_rules
    ADD CONSTRAINT message_rules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.message_settings
    ADD CONSTRAINT message_settings_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.message_stops
    ADD CONSTRAINT message_stops_pkey PRIMARY KEY (address);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_rule_id_key_recipient_key UNIQUE (rule_id, key, recipient);

ALTER TABLE ONLY public.missed_clients
    ADD CONSTRAINT missed_clients_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.missed_deeds
    ADD CONSTRAINT missed_deeds_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.missed_rules
    ADD CONSTRAINT missed_rules_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.numbering_ranges
    ADD CONSTRAINT numbering_ranges_pkey PRIMARY KEY (first);

ALTER TABLE ONLY public.numbering_registries
    ADD CONSTRAINT numbering_registries_pkey PRIMARY KEY (digit);

ALTER TABLE ONLY public.one_time_links
    ADD CONSTRAINT one_time_links_pkey PRIMARY KEY (secret_hash);

ALTER TABLE ONLY public.booked_visits
    ADD CONSTRAINT one_visit_at_a_time EXCLUDE USING gist (person_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE ((cancelled_at IS NULL));

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_source_external_id_key UNIQUE (source, external_id);

ALTER TABLE ONLY public.orphan_looks
    ADD CONSTRAINT orphan_looks_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.orphans
    ADD CONSTRAINT orphans_pkey PRIMARY KEY (kind, subject, reason);

ALTER TABLE ONLY public.outbox_accounts
    ADD CONSTRAINT outbox_accounts_pkey PRIMARY KEY (account);

ALTER TABLE ONLY public.outbox_dead
    ADD CONSTRAINT outbox_dead_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_idem_key UNIQUE (idem);

ALTER TABLE ONLY public.outbox_log
    ADD CONSTRAINT outbox_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outbox_streams
    ADD CONSTRAINT outbox_streams_pkey PRIMARY KEY (stream);

ALTER TABLE ONLY public.outgoing_choices
    ADD CONSTRAINT outgoing_choices_pkey PRIMARY KEY (call_id, at, turn);

ALTER TABLE ONLY public.outgoing_rules
    ADD CONSTRAINT outgoing_rules_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.payments
    ADD CONSTRAINT payments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.payments
    ADD CONSTRAINT payments_source_external_id_key UNIQUE (source, external_id);

ALTER TABLE ONLY public.pbx_acting
    ADD CONSTRAINT pbx_acting_pkey PRIMARY KEY (pbx);

ALTER TABLE ONLY public.pbx_marks
    ADD CONSTRAINT pbx_marks_pkey PRIMARY KEY (pbx);

ALTER TABLE ONLY public.pbx_subscriptions
    ADD CONSTRAINT pbx_subscriptions_pkey PRIMARY KEY (pbx);

ALTER TABLE ONLY public.pbxs
    ADD CONSTRAINT pbxs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_extension_key UNIQUE (extension);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_login_key UNIQUE (login);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.person_hours
    ADD CONSTRAINT person_hours_pkey PRIMARY KEY (person_id, weekday, opens);

ALTER TABLE ONLY public.person_weeks
    ADD CONSTRAINT person_weeks_pkey PRIMARY KEY (person_id, monday);

ALTER TABLE ONLY public.pgqueuer_log
    ADD CONSTRAINT pgqueuer_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pgqueuer
    ADD CONSTRAINT pgqueuer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pgqueuer_schedules
    ADD CONSTRAINT pgqueuer_schedules_expression_entrypoint_key UNIQUE (expression, entrypoint);

ALTER TABLE ONLY public.pgqueuer_schedules
    ADD CONSTRAINT pgqueuer_schedules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pgqueuer_statistics
    ADD CONSTRAINT pgqueuer_statistics_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.plan_drafts
    ADD CONSTRAINT plan_drafts_pkey PRIMARY KEY (the_row);

ALTER TABLE ONLY public.plans
    ADD CONSTRAINT plans_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.pool_quarters_mark
    ADD CONSTRAINT pool_quarters_mark_pkey PRIMARY KEY (the_row);

ALTER TABLE ONLY public.pool_quarters
    ADD CONSTRAINT pool_quarters_pkey PRIMARY KEY (pool_id, at);

ALTER TABLE ONLY public.presence_states
    ADD CONSTRAINT presence_states_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY public.product_directions
    ADD CONSTRAINT product_directions_name_key UNIQUE (name);

ALTER TABLE ONLY public.product_directions
    ADD CONSTRAINT product_directions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.provider_recordings
    ADD CONSTRAINT provider_recordings_pkey PRIMARY KEY (pbx, provider_id);

ALTER TABLE ONLY public.push_key
    ADD CONSTRAINT push_key_pkey PRIMARY KEY (single);

ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT push_subscriptions_endpoint_key UNIQUE (endpoint);

ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT push_subscriptions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quality_answers
    ADD CONSTRAINT quality_answers_pkey PRIMARY KEY (review_id, criterion_id);

ALTER TABLE ONLY public.quality_criteria
    ADD CONSTRAINT quality_criteria_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quality_moments
    ADD CONSTRAINT quality_moments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quality_reviews
    ADD CONSTRAINT quality_reviews_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quality_reviews
    ADD CONSTRAINT quality_reviews_recording_id_key UNIQUE (recording_id);

ALTER TABLE ONLY public.question_messages
    ADD CONSTRAINT question_messages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.question_people
    ADD CONSTRAINT question_people_pkey PRIMARY KEY (question_id, person_id);

ALTER TABLE ONLY public.questions
    ADD CONSTRAINT questions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.queue_members
    ADD CONSTRAINT queue_members_pkey PRIMARY KEY (queue_id, person_id);

ALTER TABLE ONLY public.queue_waits
    ADD CONSTRAINT queue_waits_pkey PRIMARY KEY (call_id, place);

ALTER TABLE ONLY public.queues
    ADD CONSTRAINT queues_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.recording_links
    ADD CONSTRAINT recording_links_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.recording_redactions
    ADD CONSTRAINT recording_redactions_pkey PRIMARY KEY (recording_id, kind, start_at);

ALTER TABLE ONLY public.recording_references
    ADD CONSTRAINT recording_references_pkey PRIMARY KEY (recording_id);

ALTER TABLE ONLY public.recording_silences
    ADD CONSTRAINT recording_silences_pkey PRIMARY KEY (call_id, leg, asked_at);

ALTER TABLE ONLY public.recording_steps
    ADD CONSTRAINT recording_steps_pkey PRIMARY KEY (recording_id, stage);

ALTER TABLE ONLY public.recording_tags
    ADD CONSTRAINT recording_tags_pkey PRIMARY KEY (tag, recording_id);

ALTER TABLE ONLY public.recordings
    ADD CONSTRAINT recordings_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_pkey PRIMARY KEY (person_id, code_hash);

ALTER TABLE ONLY public.refused_marks
    ADD CONSTRAINT refused_marks_pkey PRIMARY KEY (mark, what);

ALTER TABLE ONLY public.report_changes
    ADD CONSTRAINT report_changes_pkey PRIMARY KEY (hour, xid);

ALTER TABLE ONLY public.report_credits
    ADD CONSTRAINT report_credits_pkey PRIMARY KEY (by, model, day, key, band);

ALTER TABLE ONLY public.report_mailing_people
    ADD CONSTRAINT report_mailing_people_pkey PRIMARY KEY (view_id, person_id);

ALTER TABLE ONLY public.report_mailings
    ADD CONSTRAINT report_mailings_pkey PRIMARY KEY (view_id);

ALTER TABLE ONLY public.report_missed
    ADD CONSTRAINT report_missed_pkey PRIMARY KEY (day, by, key);

ALTER TABLE ONLY public.report_months
    ADD CONSTRAINT report_months_pkey PRIMARY KEY (by, month, site_id, key);

ALTER TABLE ONLY public.report_quality
    ADD CONSTRAINT report_quality_pkey PRIMARY KEY (day, direction, line, pbx, trunk);

ALTER TABLE ONLY public.report_site_visits
    ADD CONSTRAINT report_site_visits_pkey PRIMARY KEY (day, site_id);

ALTER TABLE ONLY public.report_traffic
    ADD CONSTRAINT report_traffic_pkey PRIMARY KEY (by, day, key);

ALTER TABLE ONLY public.report_views
    ADD CONSTRAINT report_views_person_id_name_key UNIQUE (person_id, name);

ALTER TABLE ONLY public.report_views
    ADD CONSTRAINT report_views_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.report_zone
    ADD CONSTRAINT report_zone_pkey PRIMARY KEY (the_row);

ALTER TABLE ONLY public.reservations
    ADD CONSTRAINT reservations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.restores
    ADD CONSTRAINT restores_pkey PRIMARY KEY (restored_at);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_secret_hash_key UNIQUE (secret_hash);

ALTER TABLE ONLY public.site_crawls
    ADD CONSTRAINT site_crawls_pkey PRIMARY KEY (site_id);

ALTER TABLE ONLY public.site_findings
    ADD CONSTRAINT site_findings_pkey PRIMARY KEY (site_id, number);

ALTER TABLE ONLY public.site_forms
    ADD CONSTRAINT site_forms_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.site_forms
    ADD CONSTRAINT site_forms_site_id_said_id_key UNIQUE (site_id, said_id);

ALTER TABLE ONLY public.spam_allow
    ADD CONSTRAINT spam_allow_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.spam_import_undo
    ADD CONSTRAINT spam_import_undo_pkey PRIMARY KEY (import_id, entry);

ALTER TABLE ONLY public.spam_legit
    ADD CONSTRAINT spam_legit_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.spam_numbers
    ADD CONSTRAINT spam_numbers_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.spam_passed
    ADD CONSTRAINT spam_passed_pkey PRIMARY KEY (call_id);

ALTER TABLE ONLY public.spam_personal
    ADD CONSTRAINT spam_personal_pkey PRIMARY KEY (prefix, whole);

ALTER TABLE ONLY public.spam_ranges
    ADD CONSTRAINT spam_ranges_pkey PRIMARY KEY (prefix, kind);

ALTER TABLE ONLY public.spam_undone
    ADD CONSTRAINT spam_undone_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.spoken_numbers
    ADD CONSTRAINT spoken_numbers_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.spool_positions
    ADD CONSTRAINT spool_positions_pkey PRIMARY KEY (node, process);

ALTER TABLE ONLY public.spool_rejects
    ADD CONSTRAINT spool_rejects_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.steps
    ADD CONSTRAINT steps_pkey PRIMARY KEY (call_id, at, step_id);

ALTER TABLE ONLY public.story_writers
    ADD CONSTRAINT story_writers_pkey PRIMARY KEY (pbx);

ALTER TABLE ONLY public.taps
    ADD CONSTRAINT taps_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_source_external_id_key UNIQUE (source, external_id);

ALTER TABLE ONLY public.touches
    ADD CONSTRAINT touches_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.touches
    ADD CONSTRAINT touches_source_external_id_key UNIQUE (source, external_id);

ALTER TABLE ONLY public.tracker_comments
    ADD CONSTRAINT tracker_comments_issue_id_remote_id_key UNIQUE (issue_id, remote_id);

ALTER TABLE ONLY public.tracker_comments
    ADD CONSTRAINT tracker_comments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tracker_issues
    ADD CONSTRAINT tracker_issues_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tracker_issues
    ADD CONSTRAINT tracker_issues_tracker_id_kind_about_key UNIQUE (tracker_id, kind, about);

ALTER TABLE ONLY public.trackers
    ADD CONSTRAINT trackers_is_only_key UNIQUE (is_only);

ALTER TABLE ONLY public.trackers
    ADD CONSTRAINT trackers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tracking_bill_calls
    ADD CONSTRAINT tracking_bill_calls_pkey PRIMARY KEY (bill_id, place);

ALTER TABLE ONLY public.tracking_bills
    ADD CONSTRAINT tracking_bills_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tracking_changes
    ADD CONSTRAINT tracking_changes_pkey PRIMARY KEY (hour, xid);

ALTER TABLE ONLY public.tracking_clashes
    ADD CONSTRAINT tracking_clashes_pkey PRIMARY KEY (site_id, day, kind);

ALTER TABLE ONLY public.tracking_cost_batches
    ADD CONSTRAINT tracking_cost_batches_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.tracking_cost_files
    ADD CONSTRAINT tracking_cost_files_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tracking_costs
    ADD CONSTRAINT tracking_costs_pkey PRIMARY KEY (day, mark);

ALTER TABLE ONLY public.tracking_costs_staged
    ADD CONSTRAINT tracking_costs_staged_pkey PRIMARY KEY (file_id, day, mark);

ALTER TABLE ONLY public.tracking_costs_undo
    ADD CONSTRAINT tracking_costs_undo_pkey PRIMARY KEY (file_id, day, mark);

ALTER TABLE ONLY public.tracking_numbers
    ADD CONSTRAINT tracking_numbers_number_daterange_excl EXCLUDE USING gist (number WITH =, daterange(since, until) WITH &&);

ALTER TABLE ONLY public.tracking_numbers
    ADD CONSTRAINT tracking_numbers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tracking_outages
    ADD CONSTRAINT tracking_outages_pkey PRIMARY KEY (since);

ALTER TABLE ONLY public.tracking_placements
    ADD CONSTRAINT tracking_placements_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tracking_placements
    ADD CONSTRAINT tracking_placements_site_id_name_key UNIQUE (site_id, name);

ALTER TABLE ONLY public.tracking_pools
    ADD CONSTRAINT tracking_pools_name_key UNIQUE (name);

ALTER TABLE ONLY public.tracking_pools
    ADD CONSTRAINT tracking_pools_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tracking_pulse
    ADD CONSTRAINT tracking_pulse_pkey PRIMARY KEY (the_row);

ALTER TABLE ONLY public.tracking_site_names
    ADD CONSTRAINT tracking_site_names_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.tracking_sites
    ADD CONSTRAINT tracking_sites_key_key UNIQUE (key);

ALTER TABLE ONLY public.tracking_sites
    ADD CONSTRAINT tracking_sites_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tracking_tests
    ADD CONSTRAINT tracking_tests_mark_key UNIQUE (mark);

ALTER TABLE ONLY public.tracking_tests
    ADD CONSTRAINT tracking_tests_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tracking_zone
    ADD CONSTRAINT tracking_zone_pkey PRIMARY KEY (the_row);

ALTER TABLE ONLY public.transcript_search
    ADD CONSTRAINT transcript_search_pkey PRIMARY KEY (recording_id, side);

ALTER TABLE ONLY public.transcripts
    ADD CONSTRAINT transcripts_pkey PRIMARY KEY (recording_id);

ALTER TABLE ONLY public.trunks
    ADD CONSTRAINT trunks_pbx_id_name_key UNIQUE (pbx_id, name);

ALTER TABLE ONLY public.trunks
    ADD CONSTRAINT trunks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.visit_links
    ADD CONSTRAINT visit_links_id_key UNIQUE (id);

ALTER TABLE ONLY public.visit_links
    ADD CONSTRAINT visit_links_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY public.visit_rules
    ADD CONSTRAINT visit_rules_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.visits
    ADD CONSTRAINT visits_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.works
    ADD CONSTRAINT works_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.works
    ADD CONSTRAINT works_source_external_id_key UNIQUE (source, external_id);

ALTER TABLE ONLY public.wrap_ups
    ADD CONSTRAINT wrap_ups_pkey PRIMARY KEY (pbx, extension);

CREATE INDEX absences_person ON public.absences USING btree (person_id, ends_at);

CREATE INDEX account_departments_department ON public.account_departments USING btree (department_id);

CREATE INDEX account_lines_line ON public.account_lines USING btree (line_id);

CREATE INDEX agent_calls_extension ON public.agent_calls USING btree (extension);

CREATE UNIQUE INDEX alarms_open ON public.alarms USING btree (key) WHERE (cleared_at IS NULL);

CREATE INDEX alarms_recent ON public.alarms USING btree (raised_at DESC);

CREATE INDEX analyses_by_category ON public.analyses USING btree (category, recording_id);

CREATE INDEX analyses_by_version ON public.analyses USING btree (version) WHERE (stage = 'analysed'::text);

CREATE INDEX analyses_stopped ON public.analyses USING btree (recording_id) WHERE (stop IS NOT NULL);

CREATE INDEX api_tokens_person ON public.api_tokens USING btree (person_id);

CREATE INDEX attributions_client ON ONLY public.attributions USING btree (client, call_id) WHERE ((visitor IS NOT NULL) AND (client <> ''::text));

CREATE INDEX attributions_visit ON ONLY public.attributions USING btree (visit_id) WHERE (visit_id IS NOT NULL);

CREATE INDEX attributions_visitor ON ONLY public.attributions USING btree (visitor, client) WHERE (visitor IS NOT NULL);

CREATE INDEX audit_object ON public.audit USING btree (object_kind, object_id, id);

CREATE INDEX audit_person ON public.audit USING btree (person_id, id);

CREATE INDEX booked_visits_booker ON public.booked_visits USING btree (booked_by_id, starts_at, id);

CREATE INDEX booked_visits_contact ON public.booked_visits USING btree (contact_id) WHERE (contact_id IS NOT NULL);

CREATE INDEX booked_visits_number ON public.booked_visits USING btree (number, starts_at);

CREATE INDEX booked_visits_person ON public.booked_visits USING btree (person_id, starts_at, id);

CREATE INDEX booked_visits_starts ON public.booked_visits USING btree (starts_at, id);

CREATE INDEX bot_cards_call ON public.bot_cards USING btree (call_id);

CREATE INDEX bot_cards_rang ON public.bot_cards USING btree (rang_at);

CREATE INDEX bot_chats_noting ON public.bot_chats USING btree (noting) WHERE (noting IS NOT NULL);

CREATE INDEX bot_chats_person ON public.bot_chats USING btree (person_id);

CREATE INDEX bot_posts_about ON public.bot_posts USING btree (kind, about);

CREATE INDEX bot_posts_begun ON public.bot_posts USING btree (begun_at);

CREATE INDEX bot_posts_open ON public.bot_posts USING btree (kind, begun_at) WHERE (over_at IS NULL);

CREATE INDEX bot_updates_heard ON public.bot_updates USING btree (heard_at);

CREATE INDEX calendar_feeds_due ON public.calendar_feeds USING btree (due_at);

CREATE INDEX calendar_overrides_last ON public.calendar_overrides USING btree (last);

CREATE INDEX call_orders_at ON public.call_orders USING btree (at);

CREATE INDEX call_orders_call ON public.call_orders USING btree (call_id, at);

CREATE INDEX call_orders_open ON public.call_orders USING btree (pbx, at) WHERE (state = ANY (ARRAY['accepted'::text, 'sent'::text]));

CREATE INDEX call_wrap_ups_due ON public.call_wrap_ups USING btree (person_id, call_back_at) WHERE (call_back_at IS NOT NULL);

CREATE INDEX callback_widgets_queue ON public.callback_widgets USING btree (queue_id);

CREATE INDEX callbacks_ended ON public.callbacks USING btree (ended_at DESC, id) WHERE (ended_at IS NOT NULL);

CREATE INDEX callbacks_in_order ON public.callbacks USING btree (asked_at, id) WHERE (state = ANY (ARRAY['waiting'::text, 'dialling'::text]));

CREATE UNIQUE INDEX callbacks_open ON public.callbacks USING btree (number) WHERE (state = ANY (ARRAY['waiting'::text, 'dialling'::text]));

CREATE INDEX callbacks_queue ON public.callbacks USING btree (queue_id);

CREATE INDEX calls_agents ON ONLY public.calls USING gin (agents);

CREATE INDEX calls_by_notice ON ONLY public.calls USING btree (notice_state, id) WHERE (notice_state = ANY (ARRAY['refused'::text, 'hung_up'::text, 'unplayed'::text]));

CREATE INDEX calls_client ON ONLY public.calls USING btree (client, id) WHERE (client <> ''::text);

CREATE INDEX calls_dialled ON ONLY public.calls USING btree (dialled, id);

CREATE INDEX calls_line ON ONLY public.calls USING btree (line_id, id) WHERE (line_id IS NOT NULL);

CREATE INDEX calls_missed ON ONLY public.calls USING btree (id) WHERE (outcome = 'missed'::text);

CREATE INDEX calls_open ON ONLY public.calls USING btree (pbx, id) WHERE (ended_at IS NULL);

CREATE INDEX calls_part_of ON ONLY public.calls USING btree (part_of) WHERE (part_of IS NOT NULL);

CREATE INDEX calls_people ON ONLY public.calls USING gin (people);

CREATE INDEX calls_queues ON ONLY public.calls USING gin (queues);

CREATE INDEX calls_screened ON ONLY public.calls USING btree (id) WHERE (outcome = 'screened'::text);

CREATE INDEX calls_unknown ON ONLY public.calls USING btree (id) WHERE ((line_id IS NULL) AND (direction = 'in'::text) AND (dialled <> ''::text));

CREATE INDEX chat2desk_calls_told ON public.chat2desk_calls USING btree (told_at);

CREATE INDEX chat_clients_lead ON public.chat_clients USING btree (lead_id);

CREATE INDEX chat_numbers_phone ON public.chat_numbers USING btree (phone, heard_at DESC);

CREATE INDEX companies_of_class ON public.companies USING btree (class);

CREATE INDEX companies_of_crms ON public.companies USING btree (source, (
CASE
    WHEN (external_id ~ '^[0-9]{1,18}$'::text) THEN (external_id)::bigint
    ELSE NULL::bigint
END)) WHERE ((starts_with(source, 'bitrix24:'::text) OR starts_with(source, 'amocrm:'::text)) AND (deleted_at IS NULL));

CREATE INDEX contact_notes_contact ON public.contact_notes USING btree (contact_id, id DESC) WHERE (contact_id IS NOT NULL);

CREATE INDEX contact_notes_number ON public.contact_notes USING btree (number, id DESC) WHERE (number IS NOT NULL);

CREATE INDEX contact_phones_contact ON public.contact_phones USING btree (contact_id);

CREATE INDEX contacts_alone ON public.contacts USING btree (lower(name), id) WHERE ((deleted_at IS NULL) AND (class = 'unknown'::public.contact_class) AND (company_id IS NULL));

CREATE INDEX contacts_by_name ON public.contacts USING btree (lower(name), id) WHERE (deleted_at IS NULL);

CREATE INDEX contacts_company ON public.contacts USING btree (company_id);

CREATE INDEX contacts_deputy ON public.contacts USING btree (deputy_id) WHERE ((deleted_at IS NULL) AND (deputy_id IS NOT NULL));

CREATE INDEX contacts_email ON public.contacts USING btree (lower(email)) WHERE ((email IS NOT NULL) AND (deleted_at IS NULL));

CREATE INDEX contacts_name ON public.contacts USING gin (lower(name) public.gin_trgm_ops);

CREATE INDEX contacts_of_class ON public.contacts USING btree (class, lower(name), id) WHERE (deleted_at IS NULL);

CREATE INDEX contacts_of_crms ON public.contacts USING btree (source, (
CASE
    WHEN (external_id ~ '^[0-9]{1,18}$'::text) THEN (external_id)::bigint
    ELSE NULL::bigint
END)) WHERE ((starts_with(source, 'bitrix24:'::text) OR starts_with(source, 'amocrm:'::text)) AND (deleted_at IS NULL));

CREATE INDEX contacts_responsible ON public.contacts USING btree (responsible_id) WHERE ((deleted_at IS NULL) AND (responsible_id IS NOT NULL));

CREATE INDEX cost_feeds_due ON public.cost_feeds USING btree (due_at) WHERE active;

CREATE INDEX crm_calls_remote ON public.crm_calls USING btree (connector_id, remote_id) WHERE (remote_id IS NOT NULL);

CREATE INDEX crm_calls_unregistered ON public.crm_calls USING btree (connector_id, started_at) WHERE ((remote_id IS NULL) AND (finished_at IS NULL));

CREATE INDEX crm_clients_seen ON public.crm_clients USING btree (seen_at);

CREATE UNIQUE INDEX crm_connectors_portal ON public.crm_connectors USING btree (portal);

CREATE INDEX crm_events_dial ON public.crm_events USING btree (dial_id) WHERE (dial_id IS NOT NULL);

CREATE INDEX crm_events_dialling ON public.crm_events USING btree (heard_at) WHERE (state = 'dialling'::text);

CREATE INDEX crm_events_heard ON public.crm_events USING btree (heard_at);

CREATE INDEX crm_events_waiting ON public.crm_events USING btree (heard_at) WHERE (state = 'waiting'::text);

CREATE INDEX crm_onec_waiting_key ON public.crm_onec_waiting USING btree (source, field, key);

CREATE INDEX dealer_overlaps_found ON public.dealer_overlaps USING btree (state, found_at DESC, id DESC);

CREATE UNIQUE INDEX dealer_overlaps_open ON public.dealer_overlaps USING btree (customer_key, article) WHERE (state = ANY (ARRAY['suspected'::text, 'confirmed'::text]));

CREATE INDEX deals_closed ON public.deals USING btree (closed_at) WHERE (closed_at IS NOT NULL);

CREATE INDEX deals_company ON public.deals USING btree (company_id, opened_at DESC);

CREATE INDEX deals_contact ON public.deals USING btree (contact_id, opened_at DESC);

CREATE INDEX deals_lead ON public.deals USING btree (lead_id) WHERE (lead_id IS NOT NULL);

CREATE INDEX deals_of_crms ON public.deals USING btree (source, (
CASE
    WHEN (external_id ~ '^[0-9]{1,18}$'::text) THEN (external_id)::bigint
    ELSE NULL::bigint
END)) WHERE (starts_with(source, 'bitrix24:'::text) OR starts_with(source, 'amocrm:'::text));

CREATE INDEX deals_open_company ON public.deals USING btree (company_id, opened_at DESC) WHERE (closed_at IS NULL);

CREATE INDEX deals_open_contact ON public.deals USING btree (contact_id, opened_at DESC) WHERE (closed_at IS NULL);

CREATE INDEX deals_opened ON public.deals USING btree (opened_at);

CREATE INDEX debts_company ON public.debts USING btree (company_id);

CREATE INDEX debts_contact ON public.debts USING btree (contact_id);

CREATE INDEX debts_overdue ON public.debts USING btree (id) WHERE (overdue > (0)::numeric);

CREATE INDEX decisions_advised ON ONLY public.decisions USING btree (line, call_id) WHERE (advised IS NOT NULL);

CREATE INDEX decisions_caller ON ONLY public.decisions USING btree (caller, call_id) WHERE (caller <> ''::text);

CREATE INDEX decisions_linkedid ON ONLY public.decisions USING btree (linkedid);

CREATE INDEX departments_below ON public.departments USING btree (parent_id) WHERE (parent_id IS NOT NULL);

CREATE INDEX departments_headed ON public.departments USING btree (head_id) WHERE (head_id IS NOT NULL);

CREATE INDEX dials_at ON public.dials USING btree (at);

CREATE INDEX dials_call ON public.dials USING btree (call_id);

CREATE INDEX dials_callback ON public.dials USING btree (callback_id, at) WHERE (callback_id IS NOT NULL);

CREATE INDEX dials_ip ON public.dials USING btree (ip, at) WHERE (ip IS NOT NULL);

CREATE INDEX dials_number ON public.dials USING btree (number, at);

CREATE INDEX dials_open ON public.dials USING btree (pbx, at) WHERE (state <> 'ended'::text);

CREATE INDEX directory_changes_xid ON public.directory_changes USING btree (xid);

CREATE INDEX do_not_call_added ON public.do_not_call USING btree (added_at DESC, number);

CREATE INDEX erasures_newest ON public.erasures USING btree (at DESC);

CREATE INDEX expert_topic_people_person ON public.expert_topic_people USING btree (person_id);

CREATE INDEX export_batches_destination ON public.export_batches USING btree (destination_id, id);

CREATE INDEX export_batches_open ON public.export_batches USING btree (sent_at) WHERE ((remote_id <> ''::text) AND (joined IS NULL));

CREATE INDEX export_destinations_site ON public.export_destinations USING btree (site_id);

CREATE INDEX export_payments_due ON public.export_payments USING btree (paid_on, payment_id);

CREATE INDEX exports_batch ON public.exports USING btree (batch_id) WHERE (batch_id IS NOT NULL);

CREATE INDEX exports_newest ON public.exports USING btree (destination_id, id DESC);

CREATE INDEX exports_waiting ON public.exports USING btree (destination_id, id) WHERE (state = 'waiting'::text);

CREATE INDEX google_accounts_due ON public.google_accounts USING btree (due_at);

CREATE INDEX hooks_heard_newest ON public.hooks_heard USING btree (pbx, id DESC);

CREATE INDEX imports_recent ON public.imports USING btree (kind, started_at DESC);

CREATE INDEX invoices_company ON public.invoices USING btree (company_id, issued_on DESC);

CREATE INDEX invoices_contact ON public.invoices USING btree (contact_id, issued_on DESC);

CREATE INDEX invoices_order ON public.invoices USING btree (order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX last_lines_at ON public.last_lines USING btree (at);

CREATE INDEX last_talks_at ON public.last_talks USING btree (at);

CREATE INDEX last_talks_person ON public.last_talks USING btree (person_id);

CREATE INDEX lead_clocks_assigned ON public.lead_clocks USING btree (taken_by, assigned_at) WHERE (assigned_at IS NOT NULL);

CREATE INDEX lead_clocks_board ON public.lead_clocks USING btree (stage, due_at, lead_id) WHERE (closed_at IS NULL);

CREATE INDEX lead_clocks_category ON public.lead_clocks USING btree (category, closed_at);

CREATE INDEX lead_clocks_closed ON public.lead_clocks USING btree (closed_at DESC, lead_id DESC) WHERE (closed_at IS NOT NULL);

CREATE INDEX lead_clocks_due ON public.lead_clocks USING btree (due_at, lead_id) WHERE (closed_at IS NULL);

CREATE INDEX lead_clocks_follows ON public.lead_clocks USING btree (follows_id) WHERE (follows_id IS NOT NULL);

CREATE INDEX lead_clocks_merged ON public.lead_clocks USING btree (merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX lead_clocks_open ON public.lead_clocks USING btree (lead_id) WHERE (closed_at IS NULL);

CREATE INDEX lead_clocks_phone ON public.lead_clocks USING btree (phone);

CREATE INDEX lead_clocks_tags ON public.lead_clocks USING gin (tags);

CREATE INDEX lead_clocks_taken ON public.lead_clocks USING btree (call_by) WHERE ((closed_at IS NULL) AND (taken_at IS NOT NULL) AND (called_at IS NULL));

CREATE INDEX lead_clocks_taken_at ON public.lead_clocks USING btree (taken_at) WHERE (taken_at IS NOT NULL);

CREATE INDEX lead_clocks_uncalled ON public.lead_clocks USING btree (phone) WHERE (called_at IS NULL);

CREATE INDEX lead_clocks_untaken ON public.lead_clocks USING btree (take_by) WHERE ((closed_at IS NULL) AND (taken_at IS NULL));

CREATE INDEX lead_numbers_lead ON public.lead_numbers USING btree (lead_id);

CREATE INDEX lead_pairs_other ON public.lead_pairs USING btree (other);

CREATE INDEX leads_contact ON public.leads USING btree (contact_id) WHERE (closed_at IS NULL);

CREATE INDEX leads_email ON public.leads USING btree (email) WHERE ((closed_at IS NULL) AND (email IS NOT NULL));

CREATE INDEX leads_next_call ON public.leads USING btree (next_call_at) WHERE ((closed_at IS NULL) AND (next_call_at IS NOT NULL));

CREATE INDEX leads_of_crms ON public.leads USING btree (source, (
CASE
    WHEN (external_id ~ '^[0-9]{1,18}$'::text) THEN (external_id)::bigint
    ELSE NULL::bigint
END)) WHERE (starts_with(source, 'bitrix24:'::text) OR starts_with(source, 'amocrm:'::text));

CREATE INDEX leads_open_company ON public.leads USING btree (company_id, opened_at DESC) WHERE (closed_at IS NULL);

CREATE INDEX leads_opened ON public.leads USING btree (opened_at);

CREATE INDEX leads_phone ON public.leads USING btree (phone, direction) WHERE (closed_at IS NULL);

CREATE INDEX leads_responsible ON public.leads USING btree (responsible_id, next_call_at) WHERE (closed_at IS NULL);

CREATE INDEX lease_current_number ON public.lease_current USING btree (number);

CREATE INDEX lease_current_until ON public.lease_current USING btree (until);

CREATE INDEX lease_current_visit ON public.lease_current USING btree (visit_id);

CREATE INDEX lease_history_number ON ONLY public.lease_history USING btree (number, granted_at);

CREATE INDEX lease_history_risky ON ONLY public.lease_history USING btree (pool_id, id) WHERE (kind <> 'exclusive'::text);

CREATE INDEX lease_history_visit ON ONLY public.lease_history USING btree (visit_id);

CREATE INDEX lease_history_visitor ON ONLY public.lease_history USING btree (visitor, id);

CREATE INDEX lease_misses_at ON public.lease_misses USING btree (at);

CREATE INDEX line_aliases_line ON public.line_aliases USING btree (line_id);

CREATE INDEX link_gaps_until ON public.link_gaps USING btree (until);

CREATE INDEX mailbox_letters_at ON public.mailbox_letters USING btree (at);

CREATE INDEX mailbox_letters_lead ON public.mailbox_letters USING btree (lead_id) WHERE (lead_id IS NOT NULL);

CREATE INDEX mailbox_letters_of ON public.mailbox_letters USING btree (mailbox_id, at DESC);

CREATE INDEX mailbox_letters_thread ON public.mailbox_letters USING btree (message_id) WHERE (lead_id IS NOT NULL);

CREATE INDEX message_decisions_by_age ON public.message_decisions USING btree (at);

CREATE INDEX message_rules_by_kind ON public.message_rules USING btree (kind) WHERE active;

CREATE INDEX messages_by_age ON public.messages USING btree (at DESC, id DESC);

CREATE INDEX messages_by_delivery ON public.messages USING btree (delivery) WHERE (delivery IS NOT NULL);

CREATE INDEX messages_of_address ON public.messages USING btree (lower(address), sent_at) WHERE (client AND (state = 'sent'::text) AND (address <> ''::text));

CREATE INDEX messages_of_contact ON public.messages USING btree (contact_id, at DESC) WHERE client;

CREATE INDEX messages_of_matter ON public.messages USING btree (key, rule_id);

CREATE INDEX messages_of_person ON public.messages USING btree (person_id, at DESC) WHERE (person_id IS NOT NULL);

CREATE INDEX messages_of_phone ON public.messages USING btree (phone, sent_at) WHERE (client AND (state = 'sent'::text) AND (phone <> ''::text));

CREATE INDEX messages_told ON public.messages USING btree (recipient, sent_at) WHERE (state = 'sent'::text);

CREATE INDEX messages_waiting ON public.messages USING btree (due_at) WHERE (state = 'waiting'::text);

CREATE INDEX missed_clients_aging ON public.missed_clients USING btree (last_missed_at) WHERE (closed_at IS NULL);

CREATE INDEX missed_clients_began ON public.missed_clients USING btree (first_missed_at);

CREATE INDEX missed_clients_closed ON public.missed_clients USING btree (closed_at) WHERE (closed_at IS NOT NULL);

CREATE INDEX missed_clients_number ON public.missed_clients USING btree (number, first_missed_at);

CREATE UNIQUE INDEX missed_clients_open ON public.missed_clients USING btree (number) WHERE (closed_at IS NULL);

CREATE INDEX missed_clients_promised ON public.missed_clients USING btree (promised_at, id) WHERE (closed_at IS NULL);

CREATE INDEX missed_deeds_number ON public.missed_deeds USING btree (number, at);

CREATE INDEX notices_at ON public.notices USING btree (at);

CREATE INDEX notices_mail ON public.notices USING btree (mail_at) WHERE ((done_at IS NULL) AND (mailed_at IS NULL));

CREATE INDEX notices_open ON public.notices USING btree (person_id, kind) WHERE (done_at IS NULL);

CREATE INDEX notices_subject ON public.notices USING btree (subject);

CREATE INDEX one_time_links_person ON public.one_time_links USING btree (person_id);

CREATE INDEX orders_company ON public.orders USING btree (company_id, ordered_on DESC);

CREATE INDEX orders_contact ON public.orders USING btree (contact_id, ordered_on DESC);

CREATE INDEX orders_customer ON public.orders USING btree (customer_key, ordered_on) WHERE (customer_key <> ''::text);

CREATE INDEX orders_deal ON public.orders USING btree (deal_id) WHERE (deal_id IS NOT NULL);

CREATE INDEX orders_ordered ON public.orders USING btree (ordered_on) WHERE (customer_key <> ''::text);

CREATE INDEX orphans_found ON public.orphans USING btree (found_at, subject, reason);

CREATE INDEX orphans_told ON public.orphans USING btree (told_at DESC) WHERE (told_at IS NOT NULL);

CREATE INDEX orphans_untold ON public.orphans USING btree (found_at) WHERE (told_at IS NULL);

CREATE INDEX outbox_dead_failed ON public.outbox_dead USING btree (failed_at DESC, id DESC);

CREATE INDEX outbox_dead_idem ON public.outbox_dead USING btree (idem);

CREATE INDEX outbox_dead_stream ON public.outbox_dead USING btree (stream) WHERE parks;

CREATE INDEX outbox_dead_streams ON public.outbox_dead USING hash (stream);

CREATE INDEX outbox_log_at ON public.outbox_log USING btree (at);

CREATE INDEX outbox_log_idem ON public.outbox_log USING btree (idem);

CREATE INDEX outbox_log_stream ON public.outbox_log USING hash (stream);

CREATE INDEX outbox_log_webhooks ON public.outbox_log USING btree (((payload ->> 'endpoint'::text)), at) WHERE (kind = 'webhook'::text);

CREATE INDEX outbox_stream ON public.outbox USING btree (stream, id);

CREATE INDEX outbox_streams_due ON public.outbox_streams USING btree (due) WHERE (NOT parked);

CREATE INDEX outbox_streams_waiting ON public.outbox_streams USING btree (waiting) WHERE (waiting IS NOT NULL);

CREATE INDEX outgoing_choices_client ON ONLY public.outgoing_choices USING btree (client, call_id);

CREATE INDEX payments_company ON public.payments USING btree (company_id, paid_on DESC);

CREATE INDEX payments_contact ON public.payments USING btree (contact_id, paid_on DESC);

CREATE INDEX payments_invoice ON public.payments USING btree (invoice_id) WHERE (invoice_id IS NOT NULL);

CREATE INDEX payments_order ON public.payments USING btree (order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX payments_paid ON public.payments USING btree (paid_on) WHERE (cancelled_at IS NULL);

CREATE INDEX people_department ON public.people USING btree (department_id);

CREATE UNIQUE INDEX people_forwarded ON public.people USING btree (mobile) WHERE ((works_on = 'forwarded'::text) AND active);

CREATE INDEX pgqueuer_ep_ea_idx ON public.pgqueuer USING btree (entrypoint, execute_after) WHERE (status = 'queued'::public.pgqueuer_status);

CREATE INDEX pgqueuer_ep_prio_id_idx ON public.pgqueuer USING btree (entrypoint, priority DESC, id) WHERE (status = 'queued'::public.pgqueuer_status);

CREATE INDEX pgqueuer_log_created ON public.pgqueuer_log USING btree (created);

CREATE INDEX pgqueuer_log_job_id_status ON public.pgqueuer_log USING btree (job_id, created DESC);

CREATE INDEX pgqueuer_log_not_aggregated ON public.pgqueuer_log USING btree ((1)) WHERE (NOT aggregated);

CREATE INDEX pgqueuer_log_status ON public.pgqueuer_log USING btree (status);

CREATE INDEX pgqueuer_picked_heartbeat_idx ON public.pgqueuer USING btree (heartbeat) WHERE (status = 'picked'::public.pgqueuer_status);

CREATE UNIQUE INDEX pgqueuer_picked_slot_idx ON public.pgqueuer USING btree (entrypoint, slot) WHERE ((status = 'picked'::public.pgqueuer_status) AND (slot IS NOT NULL));

CREATE INDEX pgqueuer_priority_id_id1_idx ON public.pgqueuer USING btree (priority, id DESC) INCLUDE (id) WHERE (status = 'queued'::public.pgqueuer_status);

CREATE INDEX pgqueuer_queue_manager_id_idx ON public.pgqueuer USING btree (queue_manager_id) WHERE (queue_manager_id IS NOT NULL);

CREATE UNIQUE INDEX pgqueuer_statistics_unique_count ON public.pgqueuer_statistics USING btree (priority, date_trunc('sec'::text, timezone('UTC'::text, created)), status, entrypoint);

CREATE UNIQUE INDEX pgqueuer_unique_dedupe_key ON public.pgqueuer USING btree (dedupe_key) WHERE ((status = ANY (ARRAY['queued'::public.pgqueuer_status, 'picked'::public.pgqueuer_status])) AND (dedupe_key IS NOT NULL));

CREATE INDEX pgqueuer_updated_id_id1_idx ON public.pgqueuer USING btree (updated, id DESC) INCLUDE (id) WHERE (status = 'picked'::public.pgqueuer_status);

CREATE INDEX pool_quarters_at ON public.pool_quarters USING btree (at);

CREATE INDEX push_subscriptions_person ON public.push_subscriptions USING btree (person_id, created_at);

CREATE INDEX push_subscriptions_session ON public.push_subscriptions USING btree (session_id);

CREATE INDEX quality_answers_criterion ON public.quality_answers USING btree (criterion_id);

CREATE INDEX quality_moments_agent ON public.quality_moments USING btree (agent_id);

CREATE INDEX quality_moments_author ON public.quality_moments USING btree (author_id);

CREATE INDEX quality_moments_parent ON public.quality_moments USING btree (parent_id);

CREATE INDEX quality_moments_recording ON public.quality_moments USING btree (recording_id);

CREATE INDEX quality_reviews_agent ON public.quality_reviews USING btree (agent_id, at);

CREATE INDEX quality_reviews_at ON public.quality_reviews USING btree (at);

CREATE INDEX quality_reviews_reviewer ON public.quality_reviews USING btree (reviewer_id);

CREATE INDEX question_messages_question ON public.question_messages USING btree (question_id, id);

CREATE INDEX question_people_person ON public.question_people USING btree (person_id, question_id);

CREATE INDEX questions_asked_at ON public.questions USING btree (asked_at DESC, id DESC);

CREATE INDEX questions_asker ON public.questions USING btree (asked_by_id, asked_at DESC);

CREATE INDEX questions_contact ON public.questions USING btree (contact_id) WHERE (contact_id IS NOT NULL);

CREATE INDEX questions_number ON public.questions USING btree (number, asked_at DESC);

CREATE INDEX queue_members_person ON public.queue_members USING btree (person_id);

CREATE INDEX queue_waits_open ON public.queue_waits USING btree (since) WHERE (until IS NULL);

CREATE INDEX queue_waits_since ON public.queue_waits USING btree (since);

CREATE INDEX recording_links_recording ON public.recording_links USING btree (recording_id);

CREATE INDEX recording_silences_at ON public.recording_silences USING btree (asked_at);

CREATE UNIQUE INDEX recording_silences_open ON public.recording_silences USING btree (call_id, leg) WHERE (until IS NULL);

CREATE INDEX recording_tags_of ON public.recording_tags USING btree (recording_id);

CREATE INDEX recordings_call_file ON public.recordings USING btree (call_id, file);

CREATE INDEX recordings_gone ON public.recordings USING btree (gone_at, id) WHERE (gone_at IS NOT NULL);

CREATE INDEX recordings_muting ON public.recordings USING btree (id) WHERE muting;

CREATE INDEX recordings_to_look ON public.recordings USING btree (look_rules, look_at, id) WHERE ((stage <> ALL (ARRAY['expired'::text, 'refused'::text, 'deleted'::text])) AND (held_why IS NULL));

CREATE INDEX recordings_unkept ON public.recordings USING btree (found_at) WHERE (stage <> ALL (ARRAY['kept'::text, 'expired'::text, 'deleted'::text]));

CREATE INDEX report_facts_day ON public.report_facts USING btree (day);

CREATE INDEX report_facts_led ON public.report_facts USING btree (led_by) WHERE (led_by IS NOT NULL);

CREATE INDEX report_facts_site ON public.report_facts USING btree (visit_site, day) WHERE (kind = 'call'::text);

CREATE INDEX report_facts_untold ON public.report_facts USING btree (day) WHERE ((kind = 'call'::text) AND (visit_site IS NULL) AND (told_by IS NULL) AND (outcome <> 'screened'::text));

CREATE INDEX report_mailing_people_person ON public.report_mailing_people USING btree (person_id);

CREATE INDEX report_mailings_next ON public.report_mailings USING btree (next_at) WHERE (NOT paused);

CREATE INDEX report_months_month ON public.report_months USING btree (month);

CREATE INDEX report_shares_day ON public.report_shares USING btree (day);

CREATE INDEX report_views_shared ON public.report_views USING btree (name) WHERE shared;

CREATE INDEX report_visits_day ON public.report_visits USING btree (day);

CREATE INDEX report_visits_site ON public.report_visits USING btree (site_id, day);

CREATE UNIQUE INDEX reservations_active ON public.reservations USING btree (overlap_id) WHERE (state = 'active'::text);

CREATE INDEX reservations_overlap ON public.reservations USING btree (overlap_id, at DESC);

CREATE INDEX reservations_until ON public.reservations USING btree (until) WHERE (state = 'active'::text);

CREATE INDEX sessions_expiry ON public.sessions USING btree (expires_at);

CREATE INDEX sessions_person ON public.sessions USING btree (person_id);

CREATE INDEX site_crawls_next ON public.site_crawls USING btree (next_at);

CREATE INDEX site_forms_callback ON public.site_forms USING btree (callback_id) WHERE (callback_id IS NOT NULL);

CREATE INDEX site_forms_phone ON public.site_forms USING btree (phone, id);

CREATE INDEX site_forms_visit ON public.site_forms USING btree (visit_id) WHERE (visit_id IS NOT NULL);

CREATE INDEX site_forms_visitor ON public.site_forms USING btree (visitor, id) WHERE (visitor IS NOT NULL);

CREATE INDEX spam_allow_until ON public.spam_allow USING btree (until) WHERE (until IS NOT NULL);

CREATE INDEX spam_numbers_source ON public.spam_numbers USING btree (source);

CREATE INDEX spam_passed_at ON public.spam_passed USING btree (at);

CREATE INDEX spam_undone_at ON public.spam_undone USING btree (at);

CREATE INDEX spoken_numbers_suspect ON public.spoken_numbers USING btree (number) WHERE suspect;

CREATE INDEX taps_number ON ONLY public.taps USING btree (number, at);

CREATE INDEX taps_visit ON ONLY public.taps USING btree (visit_id, number, at);

CREATE INDEX tasks_contact ON public.tasks USING btree (contact_id) WHERE (done_at IS NULL);

CREATE INDEX tasks_deal ON public.tasks USING btree (deal_id) WHERE (done_at IS NULL);

CREATE INDEX tasks_responsible ON public.tasks USING btree (responsible_id, due_at) WHERE (done_at IS NULL);

CREATE INDEX touches_call ON public.touches USING btree (call_id);

CREATE INDEX touches_contact ON public.touches USING btree (contact_id, at DESC);

CREATE INDEX touches_lead ON public.touches USING btree (lead_id, at DESC);

CREATE INDEX tracker_comments_issue ON public.tracker_comments USING btree (issue_id, at);

CREATE INDEX tracker_issues_about ON public.tracker_issues USING btree (kind, about);

CREATE INDEX tracker_issues_open ON public.tracker_issues USING btree (tracker_id, asked_at) WHERE (key IS NOT NULL);

CREATE INDEX tracking_bill_calls_number ON public.tracking_bill_calls USING btree (number, at);

CREATE INDEX tracking_bills_recent ON public.tracking_bills USING btree (sent_at DESC);

CREATE INDEX tracking_cost_batches_at ON public.tracking_cost_batches USING btree (at);

CREATE INDEX tracking_cost_files_recent ON public.tracking_cost_files USING btree (sent_at DESC);

CREATE INDEX tracking_costs_feed ON public.tracking_costs USING btree (feed_id, day) WHERE (feed_id IS NOT NULL);

CREATE INDEX tracking_numbers_pool ON public.tracking_numbers USING btree (pool_id);

CREATE INDEX tracking_numbers_site ON public.tracking_numbers USING btree (site_id);

CREATE INDEX tracking_placements_number ON public.tracking_placements USING btree (number);

CREATE INDEX tracking_placements_pool ON public.tracking_placements USING btree (pool_id);

CREATE INDEX tracking_site_names_site ON public.tracking_site_names USING btree (site_id);

CREATE INDEX tracking_tests_site ON public.tracking_tests USING btree (site_id, started_at DESC);

CREATE INDEX transcript_search_words ON ONLY public.transcript_search USING gin (words) WITH (fastupdate=off);

CREATE INDEX transcripts_unmade ON public.transcripts USING btree (wanted_at) WHERE ((stage = 'wanted'::text) AND ((stop IS NULL) OR (stop = 'no-model'::text)));

CREATE INDEX visits_site ON ONLY public.visits USING btree (site_id, id);

CREATE INDEX visits_visitor ON ONLY public.visits USING btree (visitor, id);

CREATE INDEX works_contact ON public.works USING btree (contact_id);

CREATE INDEX works_order ON public.works USING btree (order_id);

CREATE INDEX works_responsible ON public.works USING btree (responsible_id, updated_at) WHERE (status = ANY (ARRAY['planned'::text, 'begun'::text]));

CREATE TRIGGER audit_is_append_only BEFORE DELETE OR UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION public.refuse_audit_change();

CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change();

CREATE TRIGGER crm_note_lead AFTER UPDATE OF taken_at, closed_at ON public.lead_clocks FOR EACH ROW EXECUTE FUNCTION public.crm_note_lead();

CREATE TRIGGER crm_note_touch AFTER INSERT ON public.touches FOR EACH ROW WHEN ((new.lead_id IS NOT NULL)) EXECUTE FUNCTION public.crm_note_touch();

CREATE TRIGGER directory_all AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.numbering_ranges FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_all();

CREATE TRIGGER directory_all AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.numbering_registries FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_all();

CREATE TRIGGER directory_delete AFTER DELETE ON public.contact_phones REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_phones();

ALTER TABLE public.contact_phones ENABLE ALWAYS TRIGGER directory_delete;

CREATE TRIGGER directory_delete AFTER DELETE ON public.last_talks REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_talks();

CREATE TRIGGER directory_delete AFTER DELETE ON public.spam_numbers REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_spam();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.absences FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.calendar_days FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.calendar_overrides FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.departments FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.line_aliases FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.line_notices FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.lines FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.outgoing_rules FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.pbxs FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.people FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.person_hours FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.person_weeks FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.plans FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.presence_states FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.queue_members FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.queues FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.spam_allow FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.spam_personal FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.spam_ranges FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR UPDATE ON public.spoken_numbers FOR EACH ROW WHEN (new.suspect) EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.trunks FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head_labels AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.line_labels FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_head_operators AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.line_operators FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_head();

CREATE TRIGGER directory_insert AFTER INSERT ON public.contact_phones REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_phones();

ALTER TABLE public.contact_phones ENABLE ALWAYS TRIGGER directory_insert;

CREATE TRIGGER directory_insert AFTER INSERT ON public.last_talks REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_talks();

CREATE TRIGGER directory_insert AFTER INSERT ON public.spam_legit REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_legit();

CREATE TRIGGER directory_insert AFTER INSERT ON public.spam_numbers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_spam();

CREATE TRIGGER directory_truncate AFTER TRUNCATE ON public.contact_phones FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_all();

CREATE TRIGGER directory_truncate AFTER TRUNCATE ON public.spam_numbers FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_all();

CREATE TRIGGER directory_update AFTER UPDATE ON public.companies REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_companies();

CREATE TRIGGER directory_update AFTER UPDATE ON public.contacts REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_contacts();

CREATE TRIGGER directory_update AFTER UPDATE ON public.last_talks REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_talks();

CREATE TRIGGER directory_update AFTER UPDATE ON public.spam_legit REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_legit();

CREATE TRIGGER directory_update_new AFTER UPDATE ON public.contact_phones REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_phones();

ALTER TABLE public.contact_phones ENABLE ALWAYS TRIGGER directory_update_new;

CREATE TRIGGER directory_update_new AFTER UPDATE ON public.spam_numbers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_spam();

CREATE TRIGGER directory_update_old AFTER UPDATE ON public.contact_phones REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_phones();

ALTER TABLE public.contact_phones ENABLE ALWAYS TRIGGER directory_update_old;

CREATE TRIGGER directory_update_old AFTER UPDATE ON public.spam_numbers REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.directory_note_spam();

CREATE TRIGGER export_insert AFTER INSERT ON public.payments REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.export_note_payments();

CREATE TRIGGER export_update AFTER UPDATE ON public.payments REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.export_note_payments();

CREATE TRIGGER lead_clocks_begin AFTER INSERT ON public.lead_clocks FOR EACH ROW EXECUTE FUNCTION public.lead_clocks_begin();

CREATE TRIGGER lead_clocks_note_closing AFTER UPDATE OF closed_at, next_call_at, stage ON public.leads FOR EACH ROW WHEN (((new.closed_at IS DISTINCT FROM old.closed_at) OR (new.next_call_at IS DISTINCT FROM old.next_call_at) OR (new.stage <> old.stage))) EXECUTE FUNCTION public.lead_clocks_note_closing();

CREATE CONSTRAINT TRIGGER leads_have_clocks AFTER INSERT ON public.leads DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((new.source = 'site'::text) AND (new.phone IS NOT NULL))) EXECUTE FUNCTION public.leads_have_clocks();

CREATE TRIGGER line_life BEFORE INSERT OR UPDATE ON public.lines FOR EACH ROW EXECUTE FUNCTION public.line_life();

CREATE TRIGGER report_delete AFTER DELETE ON public.calls REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.report_note_calls();

CREATE TRIGGER report_insert AFTER INSERT ON public.calls REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.report_note_calls();

CREATE TRIGGER report_insert AFTER INSERT ON public.outgoing_choices REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.report_note_choices();

CREATE TRIGGER report_update_new AFTER UPDATE ON public.calls REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.report_note_calls();

CREATE TRIGGER report_update_old AFTER UPDATE ON public.calls REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.report_note_calls();

CREATE TRIGGER spam_suspects AFTER INSERT ON public.spam_numbers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.spam_note_suspects();

CREATE TRIGGER tracking_delete AFTER DELETE ON public.deals REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.tracking_note_opened();

CREATE TRIGGER tracking_delete AFTER DELETE ON public.leads REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.tracking_note_opened();

CREATE TRIGGER tracking_delete AFTER DELETE ON public.payments REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.tracking_note_payments();

CREATE TRIGGER tracking_insert AFTER INSERT ON public.attributions REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.tracking_note_attributions();

CREATE TRIGGER tracking_insert AFTER INSERT ON public.deals REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.tracking_note_opened();

CREATE TRIGGER tracking_insert AFTER INSERT ON public.leads REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.tracking_note_opened();

CREATE TRIGGER tracking_insert AFTER INSERT ON public.payments REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.tracking_note_payments();

CREATE TRIGGER tracking_insert AFTER INSERT ON public.visits REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.tracking_note_visits();

CREATE TRIGGER tracking_rules AFTER INSERT OR UPDATE ON public.tracking_sites FOR EACH ROW EXECUTE FUNCTION public.tracking_note_rules();

CREATE TRIGGER tracking_update AFTER UPDATE ON public.attributions REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.tracking_note_attributions();

CREATE TRIGGER tracking_update_new AFTER UPDATE ON public.deals REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.tracking_note_opened();

CREATE TRIGGER tracking_update_new AFTER UPDATE ON public.leads REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.tracking_note_opened();

CREATE TRIGGER tracking_update_new AFTER UPDATE ON public.payments REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.tracking_note_payments();

CREATE TRIGGER tracking_update_old AFTER UPDATE ON public.deals REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.tracking_note_opened();

CREATE TRIGGER tracking_update_old AFTER UPDATE ON public.leads REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.tracking_note_opened();

CREATE TRIGGER tracking_update_old AFTER UPDATE ON public.payments REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.tracking_note_payments();

ALTER TABLE ONLY public.absences
    ADD CONSTRAINT absences_deputy_id_fkey FOREIGN KEY (deputy_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.absences
    ADD CONSTRAINT absences_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.account_departments
    ADD CONSTRAINT account_departments_department_id_fkey FOREIGN KEY (department_id) REFERENCES public.departments(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.account_departments
    ADD CONSTRAINT account_departments_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.accounts(person_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.account_lines
    ADD CONSTRAINT account_lines_line_id_fkey FOREIGN KEY (line_id) REFERENCES public.lines(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.account_lines
    ADD CONSTRAINT account_lines_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.accounts(person_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.analyses
    ADD CONSTRAINT analyses_recording_id_fkey FOREIGN KEY (recording_id) REFERENCES public.recordings(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.accounts(person_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.booked_visits
    ADD CONSTRAINT booked_visits_booked_by_id_fkey FOREIGN KEY (booked_by_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.booked_visits
    ADD CONSTRAINT booked_visits_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.booked_visits
    ADD CONSTRAINT booked_visits_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.bot_cards
    ADD CONSTRAINT bot_cards_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES public.bots(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.bot_cards
    ADD CONSTRAINT bot_cards_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.bot_chats
    ADD CONSTRAINT bot_chats_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES public.bots(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.bot_chats
    ADD CONSTRAINT bot_chats_noting_fkey FOREIGN KEY (noting) REFERENCES public.bot_cards(number) ON DELETE SET NULL;

ALTER TABLE ONLY public.bot_chats
    ADD CONSTRAINT bot_chats_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.bot_codes
    ADD CONSTRAINT bot_codes_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.bot_posts
    ADD CONSTRAINT bot_posts_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES public.bots(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.bot_posts
    ADD CONSTRAINT bot_posts_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.bot_presses
    ADD CONSTRAINT bot_presses_card_fkey FOREIGN KEY (card) REFERENCES public.bot_cards(number) ON DELETE CASCADE;

ALTER TABLE ONLY public.bot_updates
    ADD CONSTRAINT bot_updates_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES public.bots(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.busy_spans
    ADD CONSTRAINT busy_spans_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.calendar_feeds(person_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.calendar_feeds
    ADD CONSTRAINT calendar_feeds_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.call_contacts
    ADD CONSTRAINT call_contacts_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.call_orders
    ADD CONSTRAINT call_orders_by_id_fkey FOREIGN KEY (by_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.call_wrap_ups
    ADD CONSTRAINT call_wrap_ups_department_id_fkey FOREIGN KEY (department_id) REFERENCES public.departments(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.call_wrap_ups
    ADD CONSTRAINT call_wrap_ups_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.call_wrap_ups
    ADD CONSTRAINT call_wrap_ups_transferred_to_fkey FOREIGN KEY (transferred_to) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.callback_widgets
    ADD CONSTRAINT callback_widgets_queue_id_fkey FOREIGN KEY (queue_id) REFERENCES public.queues(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.callback_widgets
    ADD CONSTRAINT callback_widgets_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.tracking_sites(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.callbacks
    ADD CONSTRAINT callbacks_by_id_fkey FOREIGN KEY (by_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.callbacks
    ADD CONSTRAINT callbacks_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.callbacks
    ADD CONSTRAINT callbacks_queue_id_fkey FOREIGN KEY (queue_id) REFERENCES public.queues(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.chat2desk_calls
    ADD CONSTRAINT chat2desk_calls_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.chat2desk_accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.chat_clients
    ADD CONSTRAINT chat_clients_inbox_id_fkey FOREIGN KEY (inbox_id) REFERENCES public.chat_inboxes(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.chat_clients
    ADD CONSTRAINT chat_clients_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES public.leads(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.chat_inboxes
    ADD CONSTRAINT chat_inboxes_department_id_fkey FOREIGN KEY (department_id) REFERENCES public.departments(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.chat_numbers
    ADD CONSTRAINT chat_numbers_inbox_id_fkey FOREIGN KEY (inbox_id) REFERENCES public.chat_inboxes(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.client_consents
    ADD CONSTRAINT client_consents_by_id_fkey FOREIGN KEY (by_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.client_consents
    ADD CONSTRAINT client_consents_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.companies
    ADD CONSTRAINT companies_responsible_id_fkey FOREIGN KEY (responsible_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.contact_notes
    ADD CONSTRAINT contact_notes_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.contact_notes
    ADD CONSTRAINT contact_notes_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.contact_phones
    ADD CONSTRAINT contact_phones_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.companies(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_deputy_id_fkey FOREIGN KEY (deputy_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_responsible_id_fkey FOREIGN KEY (responsible_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.crm_calls
    ADD CONSTRAINT crm_calls_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_clients
    ADD CONSTRAINT crm_clients_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_connectors
    ADD CONSTRAINT crm_connectors_callback_queue_fkey FOREIGN KEY (callback_queue) REFERENCES public.queues(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.crm_deal_fields
    ADD CONSTRAINT crm_deal_fields_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_events
    ADD CONSTRAINT crm_events_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_events
    ADD CONSTRAINT crm_events_dial_id_fkey FOREIGN KEY (dial_id) REFERENCES public.dials(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.crm_hints
    ADD CONSTRAINT crm_hints_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_hooks
    ADD CONSTRAINT crm_hooks_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_lines
    ADD CONSTRAINT crm_lines_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_mappings
    ADD CONSTRAINT crm_mappings_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_mirrors
    ADD CONSTRAINT crm_mirrors_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_onec
    ADD CONSTRAINT crm_onec_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_onec_places
    ADD CONSTRAINT crm_onec_places_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_people
    ADD CONSTRAINT crm_people_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_pulled
    ADD CONSTRAINT crm_pulled_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_pulls
    ADD CONSTRAINT crm_pulls_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_reconciliations
    ADD CONSTRAINT crm_reconciliations_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_tokens
    ADD CONSTRAINT crm_tokens_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.crm_users
    ADD CONSTRAINT crm_users_connector_id_fkey FOREIGN KEY (connector_id) REFERENCES public.crm_connectors(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.dealer_overlaps
    ADD CONSTRAINT dealer_overlaps_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.deals
    ADD CONSTRAINT deals_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.companies(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.deals
    ADD CONSTRAINT deals_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.deals
    ADD CONSTRAINT deals_department_id_fkey FOREIGN KEY (department_id) REFERENCES public.departments(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.deals
    ADD CONSTRAINT deals_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES public.leads(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.deals
    ADD CONSTRAINT deals_responsible_id_fkey FOREIGN KEY (responsible_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.debts
    ADD CONSTRAINT debts_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.companies(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.debts
    ADD CONSTRAINT debts_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_head_id_fkey FOREIGN KEY (head_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.departments(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.dials
    ADD CONSTRAINT dials_by_id_fkey FOREIGN KEY (by_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.dials
    ADD CONSTRAINT dials_callback_id_fkey FOREIGN KEY (callback_id) REFERENCES public.callbacks(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.dials
    ADD CONSTRAINT dials_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.do_not_call
    ADD CONSTRAINT do_not_call_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.expert_topic_people
    ADD CONSTRAINT expert_topic_people_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.expert_topic_people
    ADD CONSTRAINT expert_topic_people_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES public.expert_topics(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.export_batches
    ADD CONSTRAINT export_batches_destination_id_fkey FOREIGN KEY (destination_id) REFERENCES public.export_destinations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.export_counts
    ADD CONSTRAINT export_counts_destination_id_fkey FOREIGN KEY (destination_id) REFERENCES public.export_destinations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.export_destinations
    ADD CONSTRAINT export_destinations_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.tracking_sites(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.export_payments
    ADD CONSTRAINT export_payments_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES public.payments(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.exports
    ADD CONSTRAINT exports_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES public.export_batches(id);

ALTER TABLE ONLY public.exports
    ADD CONSTRAINT exports_destination_id_fkey FOREIGN KEY (destination_id) REFERENCES public.export_destinations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.first_steps_left
    ADD CONSTRAINT first_steps_left_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.google_accounts
    ADD CONSTRAINT google_accounts_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.google_cards
    ADD CONSTRAINT google_cards_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.google_accounts(person_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.google_sign_ins
    ADD CONSTRAINT google_sign_ins_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.groups_seen
    ADD CONSTRAINT groups_seen_pbx_fkey FOREIGN KEY (pbx) REFERENCES public.pbxs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.hooks_heard
    ADD CONSTRAINT hooks_heard_pbx_fkey FOREIGN KEY (pbx) REFERENCES public.pbxs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.hosted_histories
    ADD CONSTRAINT hosted_histories_pbx_fkey FOREIGN KEY (pbx) REFERENCES public.pbxs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.imports
    ADD CONSTRAINT imports_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.companies(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.last_lines
    ADD CONSTRAINT last_lines_line_id_fkey FOREIGN KEY (line_id) REFERENCES public.lines(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.last_talks
    ADD CONSTRAINT last_talks_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.lead_clocks
    ADD CONSTRAINT lead_clocks_closed_by_fkey FOREIGN KEY (closed_by) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.lead_clocks
    ADD CONSTRAINT lead_clocks_follows_id_fkey FOREIGN KEY (follows_id) REFERENCES public.leads(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.lead_clocks
    ADD CONSTRAINT lead_clocks_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES public.leads(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.lead_clocks
    ADD CONSTRAINT lead_clocks_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES public.leads(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.lead_clocks
    ADD CONSTRAINT lead_clocks_taken_by_fkey FOREIGN KEY (taken_by) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.lead_numbers
    ADD CONSTRAINT lead_numbers_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES public.leads(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.lead_pairs
    ADD CONSTRAINT lead_pairs_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.lead_pairs
    ADD CONSTRAINT lead_pairs_one_fkey FOREIGN KEY (one) REFERENCES public.leads(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.lead_pairs
    ADD CONSTRAINT lead_pairs_other_fkey FOREIGN KEY (other) REFERENCES public.leads(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.leads
    ADD CONSTRAINT leads_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.companies(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.leads
    ADD CONSTRAINT leads_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.leads
    ADD CONSTRAINT leads_responsible_id_fkey FOREIGN KEY (responsible_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.lease_misses
    ADD CONSTRAINT lease_misses_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.tracking_pools(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.line_aliases
    ADD CONSTRAINT line_aliases_line_id_fkey FOREIGN KEY (line_id) REFERENCES public.lines(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.line_labels
    ADD CONSTRAINT line_labels_line_id_fkey FOREIGN KEY (line_id) REFERENCES public.lines(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.line_notices
    ADD CONSTRAINT line_notices_line_id_fkey FOREIGN KEY (line_id) REFERENCES public.lines(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.line_operators
    ADD CONSTRAINT line_operators_line_id_fkey FOREIGN KEY (line_id) REFERENCES public.lines(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.lines
    ADD CONSTRAINT lines_pbx_id_fkey FOREIGN KEY (pbx_id) REFERENCES public.pbxs(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.mailbox_letters
    ADD CONSTRAINT mailbox_letters_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES public.leads(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.mailbox_letters
    ADD CONSTRAINT mailbox_letters_mailbox_id_fkey FOREIGN KEY (mailbox_id) REFERENCES public.mailboxes(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.mailboxes
    ADD CONSTRAINT mailboxes_department_id_fkey FOREIGN KEY (department_id) REFERENCES public.departments(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.members_made
    ADD CONSTRAINT members_made_pbx_fkey FOREIGN KEY (pbx) REFERENCES public.pbxs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.message_decisions
    ADD CONSTRAINT message_decisions_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES public.message_rules(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_room_id_fkey FOREIGN KEY (room_id) REFERENCES public.message_rooms(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES public.message_rules(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_seen_by_fkey FOREIGN KEY (seen_by) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.missed_clients
    ADD CONSTRAINT missed_clients_closed_by_id_fkey FOREIGN KEY (closed_by_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.missed_clients
    ADD CONSTRAINT missed_clients_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.missed_deeds
    ADD CONSTRAINT missed_deeds_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.one_time_links
    ADD CONSTRAINT one_time_links_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.accounts(person_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.companies(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_deal_id_fkey FOREIGN KEY (deal_id) REFERENCES public.deals(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.payments
    ADD CONSTRAINT payments_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.companies(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.payments
    ADD CONSTRAINT payments_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.payments
    ADD CONSTRAINT payments_invoice_id_fkey FOREIGN KEY (invoice_id) REFERENCES public.invoices(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.payments
    ADD CONSTRAINT payments_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.pbx_acting
    ADD CONSTRAINT pbx_acting_pbx_fkey FOREIGN KEY (pbx) REFERENCES public.pbxs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.pbx_marks
    ADD CONSTRAINT pbx_marks_pbx_fkey FOREIGN KEY (pbx) REFERENCES public.pbxs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.pbx_subscriptions
    ADD CONSTRAINT pbx_subscriptions_pbx_fkey FOREIGN KEY (pbx) REFERENCES public.pbxs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_department_id_fkey FOREIGN KEY (department_id) REFERENCES public.departments(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.person_hours
    ADD CONSTRAINT person_hours_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.person_weeks
    ADD CONSTRAINT person_weeks_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.plans
    ADD CONSTRAINT plans_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.pool_quarters
    ADD CONSTRAINT pool_quarters_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.tracking_pools(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.presence_states
    ADD CONSTRAINT presence_states_by_id_fkey FOREIGN KEY (by_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.presence_states
    ADD CONSTRAINT presence_states_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.product_directions
    ADD CONSTRAINT product_directions_manager_id_fkey FOREIGN KEY (manager_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT push_subscriptions_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT push_subscriptions_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.quality_answers
    ADD CONSTRAINT quality_answers_criterion_id_fkey FOREIGN KEY (criterion_id) REFERENCES public.quality_criteria(id);

ALTER TABLE ONLY public.quality_answers
    ADD CONSTRAINT quality_answers_review_id_fkey FOREIGN KEY (review_id) REFERENCES public.quality_reviews(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.quality_moments
    ADD CONSTRAINT quality_moments_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.quality_moments
    ADD CONSTRAINT quality_moments_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.quality_moments
    ADD CONSTRAINT quality_moments_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.quality_moments(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.quality_reviews
    ADD CONSTRAINT quality_reviews_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.quality_reviews
    ADD CONSTRAINT quality_reviews_reviewer_id_fkey FOREIGN KEY (reviewer_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.question_messages
    ADD CONSTRAINT question_messages_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.question_messages
    ADD CONSTRAINT question_messages_question_id_fkey FOREIGN KEY (question_id) REFERENCES public.questions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.question_people
    ADD CONSTRAINT question_people_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.question_people
    ADD CONSTRAINT question_people_question_id_fkey FOREIGN KEY (question_id) REFERENCES public.questions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.questions
    ADD CONSTRAINT questions_asked_by_id_fkey FOREIGN KEY (asked_by_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.questions
    ADD CONSTRAINT questions_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.queue_members
    ADD CONSTRAINT queue_members_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.queue_members
    ADD CONSTRAINT queue_members_queue_id_fkey FOREIGN KEY (queue_id) REFERENCES public.queues(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.queues
    ADD CONSTRAINT queues_department_id_fkey FOREIGN KEY (department_id) REFERENCES public.departments(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.recording_links
    ADD CONSTRAINT recording_links_made_by_fkey FOREIGN KEY (made_by) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.recording_redactions
    ADD CONSTRAINT recording_redactions_recording_id_fkey FOREIGN KEY (recording_id) REFERENCES public.recordings(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.recording_references
    ADD CONSTRAINT recording_references_recording_id_fkey FOREIGN KEY (recording_id) REFERENCES public.recordings(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.recording_steps
    ADD CONSTRAINT recording_steps_recording_id_fkey FOREIGN KEY (recording_id) REFERENCES public.recordings(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.recording_tags
    ADD CONSTRAINT recording_tags_recording_id_fkey FOREIGN KEY (recording_id) REFERENCES public.recordings(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.accounts(person_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.report_mailing_people
    ADD CONSTRAINT report_mailing_people_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.report_mailing_people
    ADD CONSTRAINT report_mailing_people_view_id_fkey FOREIGN KEY (view_id) REFERENCES public.report_mailings(view_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.report_mailings
    ADD CONSTRAINT report_mailings_view_id_fkey FOREIGN KEY (view_id) REFERENCES public.report_views(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.report_views
    ADD CONSTRAINT report_views_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.reservations
    ADD CONSTRAINT reservations_company_id_fkey FOREIGN KEY (company_id) REFERENCES public.companies(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.reservations
    ADD CONSTRAINT reservations_overlap_id_fkey FOREIGN KEY (overlap_id) REFERENCES public.dealer_overlaps(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.reservations
    ADD CONSTRAINT reservations_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.accounts(person_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.site_crawls
    ADD CONSTRAINT site_crawls_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.tracking_sites(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.site_findings
    ADD CONSTRAINT site_findings_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.tracking_sites(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.site_forms
    ADD CONSTRAINT site_forms_callback_id_fkey FOREIGN KEY (callback_id) REFERENCES public.callbacks(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.site_forms
    ADD CONSTRAINT site_forms_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.tracking_sites(id);

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_deal_id_fkey FOREIGN KEY (deal_id) REFERENCES public.deals(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT tasks_responsible_id_fkey FOREIGN KEY (responsible_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.touches
    ADD CONSTRAINT touches_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.touches
    ADD CONSTRAINT touches_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES public.leads(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.tracker_comments
    ADD CONSTRAINT tracker_comments_issue_id_fkey FOREIGN KEY (issue_id) REFERENCES public.tracker_issues(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.tracker_issues
    ADD CONSTRAINT tracker_issues_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.tracker_issues
    ADD CONSTRAINT tracker_issues_tracker_id_fkey FOREIGN KEY (tracker_id) REFERENCES public.trackers(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.tracking_bill_calls
    ADD CONSTRAINT tracking_bill_calls_bill_id_fkey FOREIGN KEY (bill_id) REFERENCES public.tracking_bills(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.tracking_bills
    ADD CONSTRAINT tracking_bills_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.tracking_clashes
    ADD CONSTRAINT tracking_clashes_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.tracking_sites(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.tracking_cost_files
    ADD CONSTRAINT tracking_cost_files_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.tracking_costs
    ADD CONSTRAINT tracking_costs_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES public.cost_feeds(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.tracking_costs_staged
    ADD CONSTRAINT tracking_costs_staged_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.tracking_cost_files(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.tracking_costs_undo
    ADD CONSTRAINT tracking_costs_undo_file_id_fkey FOREIGN KEY (file_id) REFERENCES public.tracking_cost_files(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.tracking_numbers
    ADD CONSTRAINT tracking_numbers_number_fkey FOREIGN KEY (number) REFERENCES public.lines(number);

ALTER TABLE ONLY public.tracking_numbers
    ADD CONSTRAINT tracking_numbers_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.tracking_pools(id);

ALTER TABLE ONLY public.tracking_numbers
    ADD CONSTRAINT tracking_numbers_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.tracking_sites(id);

ALTER TABLE ONLY public.tracking_placements
    ADD CONSTRAINT tracking_placements_number_fkey FOREIGN KEY (number) REFERENCES public.lines(number);

ALTER TABLE ONLY public.tracking_placements
    ADD CONSTRAINT tracking_placements_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.tracking_pools(id);

ALTER TABLE ONLY public.tracking_placements
    ADD CONSTRAINT tracking_placements_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.tracking_sites(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.tracking_pools
    ADD CONSTRAINT tracking_pools_queue_id_fkey FOREIGN KEY (queue_id) REFERENCES public.queues(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.tracking_site_names
    ADD CONSTRAINT tracking_site_names_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.tracking_sites(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.tracking_sites
    ADD CONSTRAINT tracking_sites_queue_id_fkey FOREIGN KEY (queue_id) REFERENCES public.queues(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.tracking_tests
    ADD CONSTRAINT tracking_tests_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.tracking_tests
    ADD CONSTRAINT tracking_tests_site_id_fkey FOREIGN KEY (site_id) REFERENCES public.tracking_sites(id) ON DELETE CASCADE;

ALTER TABLE public.transcript_search
    ADD CONSTRAINT transcript_search_recording_id_fkey FOREIGN KEY (recording_id) REFERENCES public.recordings(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.transcripts
    ADD CONSTRAINT transcripts_recording_id_fkey FOREIGN KEY (recording_id) REFERENCES public.recordings(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.trunks
    ADD CONSTRAINT trunks_pbx_id_fkey FOREIGN KEY (pbx_id) REFERENCES public.pbxs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.visit_links
    ADD CONSTRAINT visit_links_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.works
    ADD CONSTRAINT works_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.works
    ADD CONSTRAINT works_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.works
    ADD CONSTRAINT works_responsible_id_fkey FOREIGN KEY (responsible_id) REFERENCES public.people(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.wrap_ups
    ADD CONSTRAINT wrap_ups_pbx_fkey FOREIGN KEY (pbx) REFERENCES public.pbxs(id) ON DELETE CASCADE;
