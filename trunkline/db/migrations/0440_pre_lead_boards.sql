-- Open leads are read by the clock that runs and by their stage: both are kept beside the clocks, so that an index has them in order.

-- As writers take them; a trigger of the one is replaced after the other was rewritten.
lock table leads, lead_clocks in access exclusive mode;

alter table lead_rules
    add column stages text[] not null default '{}' check (cardinality(stages) <= 20);
comment on column lead_rules.stages is 'The columns of the board behind "new", in their order.';

alter table lead_clocks
    add column next_call_at timestamptz,
    add column stage        text not null default 'new',
    add column due_at       timestamptz not null generated always as (
        coalesce(
            case when taken_at is null then take_by when called_at is null then call_by else next_call_at end,
            timestamptz '2199-01-01 00:00:00+00'
        )
    ) stored;
comment on column lead_clocks.next_call_at is 'That of the lead, as its stage is.';
comment on column lead_clocks.due_at is 'The end of the clock that runs, of 2199 where none does: as in lead_inbox.';

update lead_clocks as clock set next_call_at = lead.next_call_at, stage = lead.stage
from leads as lead
where lead.id = clock.lead_id and (lead.next_call_at is not null or lead.stage <> 'new');

create index lead_clocks_due on lead_clocks (due_at, lead_id) where closed_at is null;
create index lead_clocks_board on lead_clocks (stage, due_at, lead_id) where closed_at is null;

create or replace function lead_clocks_note_closing() returns trigger language plpgsql as $$
begin
    update lead_clocks set closed_at = new.closed_at, next_call_at = new.next_call_at, stage = new.stage
    where lead_id = new.id;
    return null;
end $$;
drop trigger lead_clocks_note_closing on leads;
create trigger lead_clocks_note_closing after update of closed_at, next_call_at, stage on leads
    for each row when (
        new.closed_at is distinct from old.closed_at or new.next_call_at is distinct from old.next_call_at
        or new.stage <> old.stage
    ) execute function lead_clocks_note_closing();

create function lead_clocks_begin() returns trigger language plpgsql as $$
begin
    update lead_clocks as clock
    set closed_at = lead.closed_at, next_call_at = lead.next_call_at, stage = lead.stage
    from leads as lead
    where clock.lead_id = new.lead_id and lead.id = new.lead_id
        and (lead.closed_at, lead.next_call_at, lead.stage)
            is distinct from (clock.closed_at, clock.next_call_at, clock.stage);
    return null;
end $$;
create trigger lead_clocks_begin after insert on lead_clocks for each row execute function lead_clocks_begin();
comment on function lead_clocks_begin() is 'A clock of a lead that is planned, staged or closed already begins as it stands.';
