-- What would have been answered about a line in advise mode; and the calls of a line, newest first.

alter table decisions add column advised jsonb;
comment on column decisions.advised is 'The decision a line in advise mode would have got: action, target, targets, rule, trace.';

create index calls_line on calls (line_id, id) where line_id is not null;
create index calls_unknown on calls (id) where line_id is null and direction = 'in' and dialled <> '';
