-- What home-made CRMs are told of leads that were opened here: noted with what happened, whoever did it.

create table crm_lead_news (
    id       bigint      primary key generated always as identity,
    lead_id  uuid        not null,
    event    text        not null check (event in ('lead.touched', 'lead.taken', 'lead.closed')),
    touch_id uuid,
    at       timestamptz not null default now()
);
comment on table crm_lead_news is 'Written in the transaction of what happened to a lead; the worker makes events of the outbox of it.';

create function crm_lead_noted(lead uuid, what text, touch uuid) returns void language sql as $$
    insert into crm_lead_news (lead_id, event, touch_id)
    select lead, what, touch
    where exists (
        select from crm_connectors
        where kind = 'generic' and active and told_since is not null and what = any (tells)
    )
$$;
comment on function crm_lead_noted(uuid, text, uuid) is 'Nothing is kept where no CRM asks for it.';

create function crm_note_touch() returns trigger language plpgsql as $$
begin
    -- A lead without a clock is a CRM's own: of that it is told nothing.
    if exists (select from lead_clocks where lead_id = new.lead_id) then
        perform crm_lead_noted(new.lead_id, 'lead.touched', new.id);
    end if;
    return null;
end $$;
create trigger crm_note_touch after insert on touches
    for each row when (new.lead_id is not null) execute function crm_note_touch();

create function crm_note_lead() returns trigger language plpgsql as $$
begin
    if new.taken_at is not null and old.taken_at is null then
        perform crm_lead_noted(new.lead_id, 'lead.taken', null);
    end if;
    if new.closed_at is not null and old.closed_at is null then
        perform crm_lead_noted(new.lead_id, 'lead.closed', null);
    end if;
    return null;
end $$;
create trigger crm_note_lead after update of taken_at, closed_at on lead_clocks
    for each row execute function crm_note_lead();

alter table crm_connectors alter column tells set default
    '{call.begun,call.answered,call.ended,call.recording,call.text,lead.touched,lead.taken,lead.closed}';
