-- Bots of other messengers than Telegram, whose chats and messages are named by texts.

alter table bots drop constraint bots_kind_check;
alter table bots add constraint bots_kind_check check (kind in ('telegram', 'vkteams', 'max'));
alter table bots
    alter column remote_id type text using remote_id::text,
    add column last_event bigint not null default 0,
    add column read_by text,
    add column read_until timestamptz not null default '-infinity',
    add column trouble text not null default '';
alter table bot_chats alter column chat_id type text using chat_id::text;
alter table bot_updates alter column update_id type text using update_id::text;
alter table bot_cards
    alter column chat_id type text using chat_id::text,
    alter column message_id type text using message_id::text;
comment on column bots.last_event is 'Of a messenger that posts nothing and is asked: what was heard last.';
comment on column bots.read_by is 'Which node asks it, until read_until.';
comment on column bots.trouble is 'Why it could not be asked the last time; empty when it could.';
