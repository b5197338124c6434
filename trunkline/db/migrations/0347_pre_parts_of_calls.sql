-- The talks that a call took in: what its outside party refuses is refused in them too.

create index calls_part_of on calls (part_of) where part_of is not null;
