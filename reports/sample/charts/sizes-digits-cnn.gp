# Size: digits-cnn
# Run in this folder: gnuplot sizes-digits-cnn.gp
set encoding utf8
sizes = 'sizes-digits-cnn.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 980,530 font 'DejaVu Sans,12' background '#ffffff'
set output 'sizes-digits-cnn.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1960,1060 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'sizes-digits-cnn.png'
}
reset
set lmargin at screen 0.17155; set rmargin at screen 0.97551; set bmargin at screen 0.12075; set tmargin at screen 0.8566
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Size: digits-cnn' at screen 0.01633, screen 0.95849 left front font ',15' textcolor rgb '#000000'
set label 'bytes of the runnable ONNX file; parameters (pale) and those that are not zero (full)' at screen 0.01633, screen 0.91698 left front font ',11' textcolor rgb '#555555'
set multiplot
set lmargin at screen 0.17155; set rmargin at screen 0.54496; set bmargin at screen 0.12075; set tmargin at screen 0.8566
set xrange [0:322.5944853582314] noextend
set xtics (0.0, 50.0, 100.0, 150.0, 200.0)
set yrange [-12.5:0.5] noextend
set ytics ('baseline' 0, 'pruned-50' -1, 'pruned-90' -2, 'pruned-90-per-layer' -3, 'dynamic-int8' -4, 'int8' -5, 'int8-percentile' -6, 'int8-entropy' -7, 'int8-mse' -8, 'int8-per-tensor' -9, 'int8-signed-activations' -10, 'float16' -11, 'pruned-int8' -12) scale 0
set grid noytics
set xlabel 'runnable file, kB'
set label '228 kB' at screen 0.44317, screen 0.8283 left front font ',11' textcolor rgb '#555555'
set label '228 kB  (1.00x)' at screen 0.44211, screen 0.7717 left front font ',11' textcolor rgb '#555555'
set label '228 kB  (1.00x)' at screen 0.44211, screen 0.71509 left front font ',11' textcolor rgb '#555555'
set label '228 kB  (1.00x)' at screen 0.44211, screen 0.65849 left front font ',11' textcolor rgb '#555555'
set label '226 kB  (0.99x)' at screen 0.44055, screen 0.60189 left front font ',11' textcolor rgb '#555555'
set label '65.1 kB  (0.28x)' at screen 0.25401, screen 0.54528 left front font ',11' textcolor rgb '#555555'
set label '65.1 kB  (0.28x)' at screen 0.25401, screen 0.48868 left front font ',11' textcolor rgb '#555555'
set label '65.1 kB  (0.28x)' at screen 0.25401, screen 0.43208 left front font ',11' textcolor rgb '#555555'
set label '65.1 kB  (0.28x)' at screen 0.25401, screen 0.37547 left front font ',11' textcolor rgb '#555555'
set label '63.5 kB  (0.28x)' at screen 0.25225, screen 0.31887 left front font ',11' textcolor rgb '#555555'
set label '65.1 kB  (0.28x)' at screen 0.25401, screen 0.26226 left front font ',11' textcolor rgb '#555555'
set label '115 kB  (0.50x)' at screen 0.31172, screen 0.20566 left front font ',11' textcolor rgb '#555555'
set label '65.1 kB  (0.28x)' at screen 0.25401, screen 0.14906 left front font ',11' textcolor rgb '#555555'
plot sizes every ::0::0 using (0):1:(0):2:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#999999' fillstyle solid 0.75 noborder, sizes every ::1 using (0):1:(0):2:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#0072B2' fillstyle solid 0.75 noborder
unset label
unset arrow
set lmargin at screen 0.6021; set rmargin at screen 0.97551; set bmargin at screen 0.12075; set tmargin at screen 0.8566
set xrange [0:79.36509309032185] noextend
set xtics (0.0, 20.0, 40.0)
set yrange [-12.5:0.5] noextend
unset ytics
set grid noytics
set xlabel 'parameters, thousands'
set label '56.4 k' at screen 0.87458, screen 0.8283 left front font ',11' textcolor rgb '#555555'
set label '28.3 k of 56.4 k' at screen 0.87458, screen 0.7717 left front font ',11' textcolor rgb '#555555'
set label '5.79 k of 56.4 k' at screen 0.87458, screen 0.71509 left front font ',11' textcolor rgb '#555555'
set label '5.79 k of 56.4 k' at screen 0.87458, screen 0.65849 left front font ',11' textcolor rgb '#555555'
set label '56.4 k of 56.4 k' at screen 0.87462, screen 0.60189 left front font ',11' textcolor rgb '#555555'
set label '55.9 k of 56.4 k' at screen 0.87458, screen 0.54528 left front font ',11' textcolor rgb '#555555'
set label '55.9 k of 56.4 k' at screen 0.87458, screen 0.48868 left front font ',11' textcolor rgb '#555555'
set label '55.9 k of 56.4 k' at screen 0.87458, screen 0.43208 left front font ',11' textcolor rgb '#555555'
set label '55.9 k of 56.4 k' at screen 0.87458, screen 0.37547 left front font ',11' textcolor rgb '#555555'
set label '55.7 k of 56.4 k' at screen 0.87458, screen 0.31887 left front font ',11' textcolor rgb '#555555'
set label '55.9 k of 56.4 k' at screen 0.87458, screen 0.26226 left front font ',11' textcolor rgb '#555555'
set label '56.4 k' at screen 0.87458, screen 0.20566 left front font ',11' textcolor rgb '#555555'
set label '28.3 k of 56.4 k' at screen 0.87458, screen 0.14906 left front font ',11' textcolor rgb '#555555'
plot sizes every ::0::0 using (0):1:(0):3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#E4E4E4' fillstyle solid 1.0 noborder, sizes every ::1 using (0):1:(0):3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#CCE3F0' fillstyle solid 1.0 noborder, sizes every ::0::0 using (0):1:(0):4:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#999999' fillstyle solid 0.75 noborder, sizes every ::1 using (0):1:(0):4:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#0072B2' fillstyle solid 0.75 noborder
unset multiplot
unset output
}
