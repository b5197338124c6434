-- name: rules
-- The table, from above.
select rule, active from message_rules order by place, id;

-- name: rules_of
-- The active rules of a kind, from above.
select rule from message_rules where kind = $1 and active order by place, id;

-- name: active_kinds
select distinct kind from message_rules where active;

-- name: hold_rules
lock table message_rules in share row exclusive mode;

-- name: put_rule
insert into message_rules (id, place, kind, name, active, rule)
values ($1, (select coalesce(max(place), 0) + 1 from message_rules), $2, $3, $4, $5)
on conflict (id) do update set kind = excluded.kind, name = excluded.name, active = excluded.active, rule = excluded.rule;

-- name: remove_rule
delete from message_rules where id = $1;

-- name: withdraw_rule
-- What waits to be told by it is not told any more.
update messages set state = 'withdrawn', why = 'rule' where rule_id = $1 and state = 'waiting';

-- name: place_rules
update message_rules as rule set place = told.place
from unnest($1::uuid[]) with ordinality as told (id, place) where rule.id = told.id;

-- name: settings
select opens, closes, unasked, client_most, client_days, kept_days from message_settings;

-- name: hold_settings
select from message_settings for update;

-- name: save_settings
update message_settings set opens = $1, closes = $2, unasked = $3, client_most = $4, client_days = $5, kept_days = $6;

-- name: rooms
select id, name, kind from message_rooms order by name, id;

-- name: room
select id, name, kind, address from message_rooms where id = $1;

-- name: add_room
insert into message_rooms (id, name, kind, address) values ($1, $2, $3, $4);

-- name: withdraw_room
update messages set state = 'withdrawn', why = 'room' where room_id = $1 and state = 'waiting';

-- name: remove_room
delete from message_rooms where id = $1 returning name;

-- name: choices
select 'departments' as what, id, name from departments
union all select 'lines', id, concat_ws(' · ', name, nullif(brand, ''), number) from lines
union all select 'people', id, name from people where active
order by name, id;

-- name: consent
-- What contact $1 said, or whoever has his address or number said by a link of ours: no before yes.
select allowed, at, (select name from people where id = by_id) as by from client_consents where contact_id = $1
union all
select false, at, null from message_stops
where address in (select lower(email) from contacts where id = $1 union select number from contact_phones where contact_id = $1)
order by allowed, at desc limit 1;

-- name: refused
select exists (select from client_consents where contact_id = $1 and not allowed);

-- name: put_consent
insert into client_consents (contact_id, allowed, at, by_id) values ($1, $2, $3, $4)
on conflict (contact_id) do update set allowed = excluded.allowed, at = excluded.at, by_id = excluded.by_id;
