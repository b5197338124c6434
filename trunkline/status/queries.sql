-- name: spool_positions
-- How far the spool of each process of a node is stored.
select process, segment, "offset" from spool_positions where node = $1;
