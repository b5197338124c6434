-- What an agent's sheet says of leads, deals and payments is found by when it happened, and a deal's operator by his lead.

create index lead_clocks_taken_at on lead_clocks (taken_at) where taken_at is not null;
create index lead_clocks_phone on lead_clocks (phone);
create index deals_closed on deals (closed_at) where closed_at is not null;

create function deal_operator(lead uuid, contact uuid, opened timestamptz) returns uuid language sql stable as $$
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
comment on function deal_operator(uuid, uuid, timestamptz) is
    'Who took the lead a deal came of: the one it names, else the latest of its contact''s numbers in the half year before.';
