"""What stands in a PostgreSQL catalog, {object: text}, read without Interlock's help."""

# The server's own and temporary schemas; Interlock's own are compared too.
OURS = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
RELATION = "format('%I.%I', n.nspname, c.relname)"

PARTS = {
    "schema": f"""SELECT format('%I', n.nspname), concat_ws(' ', n.nspowner::regrole, n.nspacl)
        FROM pg_namespace n WHERE {OURS}""",
    "relation": f"""SELECT {RELATION}, concat_ws(' ', c.relkind, c.relpersistence, c.relowner::regrole,
            c.relacl, c.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.relreplident,
            pg_get_expr(c.relpartbound, c.oid), obj_description(c.oid, 'pg_class'),
            CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind NOT IN ('i', 'I', 't') AND {OURS}""",
    "column": f"""SELECT {RELATION} || format('.%I', a.attname), concat_ws(' ',
            row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum),
            format_type(a.atttypid, a.atttypmod), a.attnotnull, nullif(a.attidentity, ''),
            nullif(a.attgenerated, ''), pg_get_expr(d.adbin, d.adrelid), a.attcollation::regcollation,
            a.attstorage, a.attstattarget, a.attacl, col_description(c.oid, a.attnum),
            -- Since 15.20 the server stamps the columns of a table with what made it.
            (SELECT string_agg(o, ' ' ORDER BY o) FROM unnest(a.attoptions) o
              WHERE o NOT LIKE 'pg~_attver=%' ESCAPE '~'))
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind NOT IN ('i', 'I', 't') AND {OURS}""",
    "constraint": f"""SELECT {RELATION} || format('.%I', k.conname), concat_ws(' ',
            pg_get_constraintdef(k.oid), k.convalidated, obj_description(k.oid, 'pg_constraint'))
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS}""",
    "index": f"""SELECT {RELATION}, concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid,
            i.indisready, i.indisreplident, i.indisclustered, obj_description(c.oid, 'pg_class'))
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS}""",
    "trigger": f"""SELECT {RELATION} || format('.%I', t.tgname), concat_ws(' ',
            pg_get_triggerdef(t.oid), t.tgenabled, obj_description(t.oid, 'pg_trigger'))
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND {OURS}""",
    "routine": f"""SELECT p.oid::regprocedure::text, concat_ws(' ', pg_get_functiondef(p.oid),
            p.proowner::regrole, p.proacl, obj_description(p.oid, 'pg_proc'))
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prokind <> 'a' AND {OURS}""",
    "sequence": f"""SELECT {RELATION}, concat_ws(' ', s.seqtypid::regtype, s.seqstart, s.seqincrement,
            s.seqmin, s.seqmax, s.seqcache, s.seqcycle, (SELECT d.refobjid::regclass || ' '
              || d.refobjsubid FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
              AND d.objid = c.oid AND d.deptype IN ('a', 'i')))
        FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS}""",
    "type": f"""SELECT t.oid::regtype::text, concat_ws(' ', t.typtype, t.typowner::regrole, t.typacl,
            t.typbasetype::regtype, t.typnotnull, t.typdefault,
            (SELECT string_agg(e.enumlabel, ' ' ORDER BY e.enumsortorder) FROM pg_enum e
              WHERE e.enumtypid = t.oid),
            (SELECT string_agg(pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname)
              FROM pg_constraint k WHERE k.contypid = t.oid))
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE t.typtype IN ('e', 'd', 'r') AND {OURS}""",
    "statistics": f"""SELECT format('%I.%I', n.nspname, s.stxname), pg_get_statisticsobjdef(s.oid)
        FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE {OURS}""",
    "policy": f"""SELECT {RELATION} || format('.%I', p.polname), concat_ws(' ', p.polcmd,
            p.polpermissive, p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid),
            pg_get_expr(p.polwithcheck, p.polrelid))
        FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS}""",
}

# No merge or hash join is worth its planning in a catalog as small as these.
PINNED = "SET search_path = ''; SET enable_mergejoin = off; SET jit = off; "


def read(client):
    query = " UNION ALL ".join(f"SELECT '{kind} ' || name, what FROM ({part}) AS part (name, what)"
                               for kind, part in PARTS.items())
    return dict(client.sql(PINNED + query))
