-- name: aliases_of
select alias from line_aliases where line_id = $1 order by alias;

-- name: terms_of
select operator, since, until, trunk, tariff, fee from line_operators where line_id = $1 order by since desc;

-- name: labels_of
select operator, text, since from line_labels where line_id = $1 order by since desc, operator;

-- name: owner_of
-- The line that goes by this number or alias.
select id, number from lines where number = $1
union all
select lines.id, lines.number from line_aliases join lines on lines.id = line_id where alias = $1
limit 1;

-- name: add_alias
insert into line_aliases (alias, line_id) values ($1, $2);

-- name: claim_calls
-- Calls that dialled $2 while nobody knew whose it was are the line's.
update calls set line_id = $1 where lower(dialled) = $2 and line_id is null and direction = 'in' and dialled <> '';

-- name: remove_alias
delete from line_aliases where line_id = $1 and alias = $2 returning alias;

-- name: term_since
select operator, since, until, trunk, tariff, fee from line_operators where line_id = $1 and since = $2;

-- name: end_term
-- Porting: what goes on, or would have gone on beyond day $2, ends on it.
update line_operators set until = $2 where line_id = $1 and since < $2 and (until is null or until > $2);

-- name: set_term
insert into line_operators (line_id, operator, trunk, since, until, tariff, fee)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (line_id, since) do update
set operator = excluded.operator, trunk = excluded.trunk, until = excluded.until, tariff = excluded.tariff,
    fee = excluded.fee;

-- name: remove_term
delete from line_operators where line_id = $1 and since = $2
returning operator, since, until, trunk, tariff, fee;

-- name: sync_operators
-- Lines with a history show the operator of day $1; all of them where $2 is null.
update lines set operator = today.operator
from (
    select line_id, coalesce(max(operator) filter (where since <= $1 and (until is null or until > $1)), '') as operator
    from line_operators where $2::uuid[] is null or line_id = any ($2) group by line_id
) as today
where lines.id = today.line_id and lines.operator <> today.operator;

-- name: label_text
select text from line_labels where line_id = $1 and operator = $2 and since = $3;

-- name: set_label
insert into line_labels (line_id, operator, text, since) values ($1, $2, $3, $4)
on conflict (line_id, operator, since) do update set text = excluded.text;

-- name: remove_label
delete from line_labels where line_id = $1 and operator = $2 and since = $3 returning text;
