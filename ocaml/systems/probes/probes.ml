(** All probes, in the order in which one reads of them. *)

type t = unit -> Fact.t list

let all : (string * t) list =
  Event_probes.all @ Lwt_stream_probes.all @ Lwt_probes.all
  @ Domainslib_probes.all
