# Size: digits-cnn
# Run in this folder: gnuplot sizes-digits-cnn.gp
set encoding utf8
sizes = 'sizes-digits-cnn.dat'
do for [picture = 1:2] {
if (picture == 1) {
set terminal svg noenhanced size 980,500 font 'DejaVu Sans,12' background '#ffffff'
set output 'sizes-digits-cnn.svg'
}
if (picture == 2) {
set terminal pngcairo noenhanced size 1960,1000 font 'DejaVu Sans,12' fontscale 1.5 linewidth 2 pointscale 2.6 background '#ffffff'
set output 'sizes-digits-cnn.png'
}
reset
set lmargin at screen 0.12918; set rmargin at screen 0.97551; set bmargin at screen 0.128; set tmargin at screen 0.848
set border 3 linecolor rgb '#555555'
set tics nomirror out scale 0.6 textcolor rgb '#000000'
set grid linetype 1 linecolor rgb '#E4E4E4' linewidth 1
unset key
set label 'Size: digits-cnn' at screen 0.01633, screen 0.956 left front font ',15' textcolor rgb '#000000'
set label 'bytes of the runnable ONNX file; parameters (pale) and those that are not zero (full)' at screen 0.01633, screen 0.912 left front font ',11' textcolor rgb '#555555'
set multiplot
set lmargin at screen 0.12918; set rmargin at screen 0.52378; set bmargin at screen 0.128; set tmargin at screen 0.848
set xrange [0:323.4968560758613] noextend
set xtics (0.0, 50.0, 100.0, 150.0, 200.0)
set yrange [-11.5:0.5] noextend
set ytics ('baseline' 0, 'dynamic-int8' -1, 'int8' -2, 'float16' -3, 'pruned-80' -4, 'pruned-80-tuned' -5, 'half-width' -6, 'compressed' -7, 'hashed-8' -8, 'small' -9, 'student' -10, 'half-width-int8' -11) scale 0
set grid noytics
set xlabel 'runnable file, kB'
set label '228 kB' at screen 0.41503, screen 0.818 left front font ',11' textcolor rgb '#555555'
set label '226 kB  (0.99x)' at screen 0.41226, screen 0.758 left front font ',11' textcolor rgb '#555555'
set label '65.1 kB  (0.28x)' at screen 0.2157, screen 0.698 left front font ',11' textcolor rgb '#555555'
set label '115 kB  (0.50x)' at screen 0.27651, screen 0.638 left front font ',11' textcolor rgb '#555555'
set label '228 kB  (1.00x)' at screen 0.41391, screen 0.578 left front font ',11' textcolor rgb '#555555'
set label '228 kB  (1.00x)' at screen 0.41391, screen 0.518 left front font ',11' textcolor rgb '#555555'
set label '59.5 kB  (0.26x)' at screen 0.20891, screen 0.458 left front font ',11' textcolor rgb '#555555'
set label '228 kB  (1.00x)' at screen 0.41391, screen 0.398 left front font ',11' textcolor rgb '#555555'
set label '228 kB  (1.00x)' at screen 0.41472, screen 0.338 left front font ',11' textcolor rgb '#555555'
set label '11.6 kB  (0.051x)' at screen 0.15046, screen 0.278 left front font ',11' textcolor rgb '#555555'
set label '11.6 kB  (0.051x)' at screen 0.15047, screen 0.218 left front font ',11' textcolor rgb '#555555'
set label '22.1 kB  (0.10x)' at screen 0.16326, screen 0.158 left front font ',11' textcolor rgb '#555555'
plot sizes every ::0::0 using (0):1:(0):2:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#999999' fillstyle solid 0.75 noborder, sizes every ::1 using (0):1:(0):2:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#0072B2' fillstyle solid 0.75 noborder
unset label
unset arrow
set lmargin at screen 0.58092; set rmargin at screen 0.97551; set bmargin at screen 0.128; set tmargin at screen 0.848
set xrange [0:77.6677235338105] noextend
set xtics (0.0, 20.0, 40.0)
set yrange [-11.5:0.5] noextend
unset ytics
set grid noytics
set xlabel 'parameters, thousands'
set label '56.4 k' at screen 0.87457, screen 0.818 left front font ',11' textcolor rgb '#555555'
set label '56.4 k of 56.4 k' at screen 0.87462, screen 0.758 left front font ',11' textcolor rgb '#555555'
set label '55.9 k of 56.4 k' at screen 0.87457, screen 0.698 left front font ',11' textcolor rgb '#555555'
set label '56.4 k' at screen 0.87457, screen 0.638 left front font ',11' textcolor rgb '#555555'
set label '11.4 k of 56.4 k' at screen 0.87457, screen 0.578 left front font ',11' textcolor rgb '#555555'
set label '11.4 k of 56.4 k' at screen 0.87457, screen 0.518 left front font ',11' textcolor rgb '#555555'
set label '14.4 k' at screen 0.66111, screen 0.458 left front font ',11' textcolor rgb '#555555'
set label '11.4 k of 56.4 k' at screen 0.87457, screen 0.398 left front font ',11' textcolor rgb '#555555'
set label '56.4 k' at screen 0.87457, screen 0.338 left front font ',11' textcolor rgb '#555555'
set label '2.78 k' at screen 0.60217, screen 0.278 left front font ',11' textcolor rgb '#555555'
set label '2.78 k' at screen 0.60217, screen 0.218 left front font ',11' textcolor rgb '#555555'
set label '14.3 k of 14.4 k' at screen 0.66111, screen 0.158 left front font ',11' textcolor rgb '#555555'
plot sizes every ::0::0 using (0):1:(0):3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#E4E4E4' fillstyle solid 1.0 noborder, sizes every ::1 using (0):1:(0):3:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#CCE3F0' fillstyle solid 1.0 noborder, sizes every ::0::0 using (0):1:(0):4:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#999999' fillstyle solid 0.75 noborder, sizes every ::1 using (0):1:(0):4:($1-0.32):($1+0.32) with boxxyerror linecolor rgb '#0072B2' fillstyle solid 0.75 noborder
unset multiplot
unset output
}
