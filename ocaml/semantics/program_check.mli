(** What a program must be, beyond its form, to have a meaning. *)

val check : Program.t -> (unit, string) result
(** [check program] is the first mistake, with its path in the JSON form and
    what was expected: [$.processes[0].operations[2].channel: …].

    - Channels, processes, observed processes and the names that a process
      binds (to values, futures and permits) are each named once; two arms of
      one select may bind the same name.
    - Whatever is named is known: a value where an earlier operation of the
      process may have bound it (what is bound within an [each], only there), a
      future or a permit where it was begun and not used up.
    - No handle is used that was dropped. A send on a oneshot drops its handle.
    - A oneshot is sent on in one place, outside of a body. It, a rendezvous, a
      watch and a broadcast have no places to reserve.
    - The body of an [each] leaves as many handles, futures and permits as it
      found, and so does that of a [repeat], the handles apart.
    - A process is spawned in one place, outside of a body.
    - A select has an arm, and not both a default and a deadline. *)
