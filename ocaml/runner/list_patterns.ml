(* Writes the registry: what each pattern file named on the command line
   offers to the laboratory. *)

let slug path = Filename.remove_extension (Filename.basename path)

let () =
  let paths = List.tl (Array.to_list Sys.argv) in
  let slugs = List.sort compare (List.map slug paths) in
  print_string "let patterns : (string * Entry.t) list =\n  [\n";
  List.iter
    (fun slug ->
      Printf.printf "    (%S, Patterns.%s.entry);\n" slug
        (String.capitalize_ascii slug))
    slugs;
  print_string "  ]\n"
