-- A node of the version before leads had clocks opens those of forms without one until it stops: nobody would see or take them.

create function leads_have_clocks() returns trigger language plpgsql as $$
begin
    insert into lead_clocks (lead_id, phone, take_by, call_by)
    select id, phone, now() + interval '1 day', now() + interval '1 day'
    from leads where id = new.id and closed_at is null
    on conflict do nothing;
    return null;
end $$;
create constraint trigger leads_have_clocks after insert on leads deferrable initially deferred
    for each row when (new.source = 'site' and new.phone is not null) execute function leads_have_clocks();
comment on function leads_have_clocks() is 'At the commit, for whoever gave the lead no clock of its own; a day, as in 0365.';

insert into lead_clocks (lead_id, phone, take_by, call_by)
select id, phone, now() + interval '1 day', now() + interval '1 day'
from leads where source = 'site' and closed_at is null and phone is not null
on conflict do nothing;
