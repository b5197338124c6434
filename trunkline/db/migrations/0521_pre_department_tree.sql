-- Departments below one another, four levels at most, each with its head; whose leads are in whose reach, in one place.

alter table departments
    add column parent_id uuid references departments (id) on delete set null check (parent_id <> id),
    add column head_id uuid references people (id) on delete set null;
create index departments_below on departments (parent_id) where parent_id is not null;
create index departments_headed on departments (head_id) where head_id is not null;
comment on column departments.parent_id is 'Above it; no more than four stand one below another.';
comment on column departments.head_id is 'Sees what is of it and of all below it, and is told what is late there.';

alter table accounts add column departments_below boolean not null default false;
comment on column accounts.departments_below is 'What is of the departments below those of his scope is in his scope too.';

-- Written out level by level: what is asked of one department is found by indexes.
create view department_tree as
select id as department_id, id as above_id, 0 as steps from departments
union all
select id, parent_id, 1 from departments where parent_id is not null
union all
select one.id, two.parent_id, 2
from departments as one join departments as two on two.id = one.parent_id where two.parent_id is not null
union all
select one.id, three.parent_id, 3
from departments as one join departments as two on two.id = one.parent_id join departments as three on three.id = two.parent_id
where three.parent_id is not null;
comment on view department_tree is 'Each department with itself and those above it, and how many steps above.';

create view department_heads as
select department.id as department_id, coalesce(absent.deputy_id, department.head_id) as person_id
from departments as department
left join lateral (
    select deputy_id from absences
    where person_id = department.head_id and starts_at <= now() and ends_at > now() order by ends_at desc limit 1
) as absent on true
where department.head_id is not null;
comment on view department_heads is 'Who is told as the head of a department now: its head, or who stands in while he is away. It widens no scope.';

create or replace view person_identities as
select p.id as person_id, p.name, p.login, p.department_id, p.extension,
       p.active and p.login is not null as active,
       a.role::text as role, a.grants,
       case when not a.every_department then array(
           select d.department_id from account_departments d where d.person_id = a.person_id
           union
           select tree.department_id
           from account_departments d join department_tree tree on tree.above_id = d.department_id
           where d.person_id = a.person_id and a.departments_below
           union
           select tree.department_id
           from departments headed join department_tree tree on tree.above_id = headed.id
           where headed.head_id = a.person_id
       ) end as departments,
       case when not a.every_line then array(select l.line_id from account_lines l where l.person_id = a.person_id) end as lines
from accounts a join people p on p.id = a.person_id;

create function lead_in_reach(
    person uuid, in_departments uuid[], in_lines uuid[], responsible uuid, taken_by uuid, of_departments uuid[], of_line uuid
) returns boolean language sql immutable as $$
    select person in (responsible, taken_by)
        or ((in_departments is null or of_departments is null or of_departments = '{}' or of_departments && in_departments)
            and (in_lines is null or of_line is null or of_line = any (in_lines)))
$$;
comment on function lead_in_reach is 'Whether a lead is somebody''s own, or of his departments and lines (null: all); of no department or line it is everybody''s.';

create function heads_of_lead(of_departments uuid[], of_line uuid, roles text[]) returns setof uuid language sql stable as $$
    with nearest as (
        select distinct on (wanted) head.person_id
        from unnest(of_departments) as wanted
        join department_tree as tree on tree.department_id = wanted
        join department_heads as head on head.department_id = tree.above_id
        join person_identities as who on who.person_id = head.person_id and who.active
        where lead_in_reach(null, who.departments, who.lines, null, null, of_departments, of_line)
        order by wanted, tree.steps
    ), minding as (
        select person_id, role from person_identities as who
        where who.active and who.role = any (roles)
            and lead_in_reach(null, who.departments, who.lines, null, null, of_departments, of_line)
    )
    select distinct person_id from nearest
    union all
    select person_id from minding
    where not exists (select from nearest)
        and (role <> 'administrator' or not exists (select from minding where role <> 'administrator'))
$$;
comment on function heads_of_lead is 'Whom it is told when a lead is late: the nearest head above each of its departments who has it in reach; of none, who has it in reach and one of roles, administrators last.';
