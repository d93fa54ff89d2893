(** Faults on demand, so that the bridge's tests can show what becomes of each
    on the other side. *)

(** [fault name] does what [name] says:

    - [raise]: raises, and says so as an [Error];
    - [escape]: raises out of [fault], which the reference never does;
    - [recurse]: calls itself until the stack is full;
    - [deadlock]: receives what nobody sends, for ever;
    - [spin]: computes until another call is [stop]; [spin path] makes that
      file first;
    - [spinning]: blocks until another call is [spin];
    - [wait]: blocks until another call is [wake], which blocks until then;
    - [collect]: a full major collection. *)
val fault : string -> (string, string) result
