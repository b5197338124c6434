-- The area code put before local numbers of 5–7 digits that a line's trunk delivers.

alter table lines add column area_code text not null default '' check (area_code ~ '^([3489][0-9]{2,4})?$');
comment on column lines.area_code is 'Empty: a local number stays what the PBX said.';
