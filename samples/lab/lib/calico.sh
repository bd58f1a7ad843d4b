# Calico: see below (written with incident 003).
